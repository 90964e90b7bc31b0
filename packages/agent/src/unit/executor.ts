import { FlotillaError, type Logger, messageOf, rethrowProgrammingError, untilAborted } from "@flotilla/runtime";
import {
  HostUnitError,
  type JobResult,
  NO_SUCH_UNIT,
  UNIT_MASKED,
  type UnitControl,
  type UnitManager,
  UnitManagerRefusedError,
} from "@flotilla/systemd";
import { isTrigger, unloadableName } from "@flotilla/unit";
import pLimit, { type LimitFunction } from "p-limit";
import type { LaunchRecord, LaunchRecords } from "../launch/launch-record.ts";
import type { SecretKeeper } from "../secrets/secret-keeper.ts";
import { ReloadBatch } from "./reload-batch.ts";
import { isStub, isUp } from "./situation.ts";
import { guardBlocked, scopeRefusal } from "./start-refusals.ts";
import { logTask } from "./log-task.ts";
import type { TaskOf, TaskType } from "./task.ts";
import { UnitSecrets } from "./unit-secrets.ts";
import type { UnitTexts } from "./unit-texts.ts";

export interface ExecutorOptions {
  readonly manager: UnitManager & Pick<UnitControl, "reloadUnit">;
  readonly texts: UnitTexts;
  readonly launches: LaunchRecords;
  readonly secrets: SecretKeeper;
  readonly log: Logger;
  /** Called after each change of a launch record. */
  readonly onRecord: (unit: string) => void;
  /** Whether this machine's guard keeps the unit from running at present. */
  readonly isBlocked: (unit: string) => boolean;
  /** The likely reason why systemd has refused to start a timer, path or socket. */
  readonly refusalOf: (unit: string) => string;
  /** Whether the unit of this refused trigger runs and may be stopped for the trigger. */
  readonly mayStopFor: (trigger: string) => boolean;
  /** Called before a unit is stopped for this trigger. */
  readonly onStopFor: (trigger: string) => void;
}

/** A unit did not stop; the message is systemd's. */
export class StopFailedError extends FlotillaError {
  readonly code = "stop-failed";
}

/** systemd cannot load the unit, whatever its file says. */
export class NotLoadableError extends FlotillaError {
  readonly code = "not-loadable";
}

/** An administrator has masked the unit on this machine. */
export class MaskedError extends FlotillaError {
  readonly code = "masked";
}

/** systemd does not start a unit before all units that it requires are loaded. */
export class RequirementMissingError extends FlotillaError {
  readonly code = "requirement-missing";
}

/** systemd does not start a timer, path or socket whose unit is not loaded, nor a socket whose service runs. */
export class TriggerRefusedError extends FlotillaError {
  readonly code = "trigger-refused";
}

/** The guard has stopped the unit during its start, or has made systemd refuse the start. */
export class GuardBlockedError extends FlotillaError {
  readonly code = "guard-shut";
}

/** Limit of concurrent tasks that write files and make short calls to systemd. */
const MOST_AT_ONCE = 64;

/**
 * Job results that the guard can cause: the failed assertion, a dependency on a blocked unit, and a job replaced by the
 * guard's stop. All other results are the unit's own, even if the guard's deadline has passed by now.
 */
const BLOCKED_RESULTS: readonly string[] = ["assert", "dependency", "canceled"];

type Executors = { readonly [T in TaskType]: (task: TaskOf<T>, signal: AbortSignal) => Promise<void> };

/**
 * Executes tasks. Starts and stops may take minutes and are not limited: systemd queues jobs itself, and no unit may
 * delay another.
 */
export class Executor {
  readonly #options: ExecutorOptions;
  readonly #reloads: ReloadBatch;
  readonly #secrets: UnitSecrets;
  /** Links of units' [Install] sections that were not made, in sentences. */
  readonly #notes = new Map<string, string>();
  readonly #limit: LimitFunction = pLimit(MOST_AT_ONCE);
  readonly #executors: Executors = {
    write: (task, signal) => this.#write(task, signal),
    "write-stub": (task) => this.#limit(() => this.#options.manager.write(task.unit, task.text)),
    mirror: async ({ unit, change, record }, signal) => {
      if (change) await this.#options.manager[change](unit, signal, "alone");
      this.#put(unit, record);
    },
    fetch: ({ unit }, signal) => this.#secrets.fetch(unit, undefined, signal),
    tell: (task, signal) => this.#tell(task, signal),
    reload: ({ unit, isForced = false }) => this.#reloads.request(unit, isForced),
    enable: ({ unit }) => this.#limit(() => this.#enable(unit)),
    load: (task) => this.#limit(() => this.#load(task)),
    start: (task, signal) => this.#run(task, "starting", signal),
    restart: (task, signal) => this.#run(task, "restarting", signal),
    stop: (task, signal) => this.#stop(task, signal),
    kill: ({ unit }, signal) => this.#kill(unit, signal),
    remove: ({ unit }) => this.#limit(() => this.#remove(unit)),
  };

  constructor(options: ExecutorOptions) {
    this.#options = options;
    this.#reloads = new ReloadBatch(options.manager);
    this.#secrets = new UnitSecrets(options);
  }

  /**
   * @param signal ends the wait for the store or for a job of systemd; the job continues. Changes of files are not
   * interrupted, so that a later task cannot overtake them.
   * @throws the signal's reason, a UnitManagerError, a StoreError, MissingFileError, a SecretError, NotLoadableError,
   * RequirementMissingError, MaskedError, TriggerRefusedError, GuardBlockedError, StopFailedError, ProcessesLeftError
   */
  async execute<T extends TaskType>(task: TaskOf<T>, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    logTask(this.#options.log, task);
    await this.#executors[task.type](task, signal);
  }

  /** The links that were not made when the unit was last enabled; empty for none. */
  noteOf(unit: string): string {
    return this.#notes.get(unit) ?? "";
  }

  async #write({ unit, digest }: TaskOf<"write">, signal: AbortSignal): Promise<void> {
    const unloadable = unloadableName(unit);
    if (unloadable !== undefined) throw new NotLoadableError(unloadable);
    const text = await untilAborted([signal], () => this.#options.texts.get(digest));
    await this.#secrets.fetch(unit, text, signal);
    try {
      await this.#options.manager.write(unit, text);
    } catch (error) {
      // The running unit of this name is now the host's. The cluster's unit starts from scratch once the name is free.
      if (error instanceof HostUnitError && !this.#options.manager.list().has(unit)) this.#forget(unit);
      throw error;
    }
  }

  async #tell({ unit, record, reloads }: TaskOf<"tell">, signal: AbortSignal): Promise<void> {
    if (reloads) await this.#secrets.reload(unit, signal);
    this.#put(unit, record);
  }

  /** Missing links do not prevent the start: they only matter to other units. */
  async #enable(unit: string): Promise<void> {
    const notes = await this.#options.manager.enable(unit);
    for (const note of notes)
      this.#options.log.warn("cannot create a link of a unit's [Install] section", { unit, note });
    if (notes.length > 0) this.#notes.set(unit, notes.join("; "));
    else this.#notes.delete(unit);
  }

  async #load({ unit, digest, since, restart }: TaskOf<"load">): Promise<void> {
    const { manager, launches } = this.#options;
    await manager.load(unit);
    const managed = manager.list().get(unit);
    if (managed && isStub(managed))
      throw new NotLoadableError(`systemd cannot load ${unit}: this version of systemd has no units of this type`);
    // The present record: the guard may have stopped the unit meanwhile, which deletes its record.
    const known = launches.all.get(unit);
    this.#put(unit, known ? { ...known, digest } : { since, digest, hash: "", phase: "loaded", restart, problem: "" });
  }

  async #run(task: TaskOf<"start" | "restart">, asked: LaunchRecord["phase"], signal: AbortSignal): Promise<void> {
    const { unit, record } = task;
    // mutation: launch record before start
    this.#put(unit, { ...record, phase: asked });
    const { result, message } = await this.#ask(task, signal);
    const notBegun = result === "done" ? undefined : this.#notBegun(unit, result);
    if (notBegun) {
      // Overwrites the changes that the stop, the first half of a restart, may have made to the record.
      this.#put(unit, { ...record, phase: this.#isNotAttempted(unit, notBegun) ? "loaded" : asked });
      throw notBegun;
    }
    if (result !== "done") this.#options.log.warn("a unit did not start", { unit, result, error: message });
    this.#put(unit, {
      ...record,
      problem: result === "done" ? "" : message || `systemd ended the ${task.type} with result "${result}"`,
    });
  }

  /** A refusal is final unless a missing requirement may arrive or the unit may be unmasked. */
  async #ask(task: TaskOf<"start" | "restart">, signal: AbortSignal): Promise<JobResult> {
    const { unit } = task;
    const { manager } = this.#options;
    try {
      if (task.type === "start") return await manager.start(unit, signal);
      return await manager.restart(unit, signal, task.alone === true ? "alone" : undefined);
    } catch (error) {
      if (!(error instanceof UnitManagerRefusedError)) throw error;
      if (unit.endsWith(".scope")) return { result: "refused", message: scopeRefusal(error.message) };
      if (error.errorName === NO_SUCH_UNIT) throw requirementMissing(unit, error);
      if (error.errorName === UNIT_MASKED) throw masked(error);
      return { result: "refused", message: error.message };
    }
  }

  /**
   * Whether a blocked start counts as not attempted. That holds for a trigger that the guard has blocked, and for one
   * whose unit was started by hand right before: that unit can still be stopped for the trigger.
   */
  #isNotAttempted(unit: string, notBegun: TriggerRefusedError | GuardBlockedError): boolean {
    const { manager, mayStopFor } = this.#options;
    if (!isTrigger(unit) || isUp(manager.list().get(unit))) return false;
    return notBegun instanceof GuardBlockedError || mayStopFor(unit);
  }

  /** The error of a start that failed before it began, and is retried; undefined for other results. */
  #notBegun(unit: string, result: string): TriggerRefusedError | GuardBlockedError | undefined {
    const { manager, isBlocked, refusalOf } = this.#options;
    if (BLOCKED_RESULTS.includes(result) && isBlocked(unit)) return new GuardBlockedError(guardBlocked(unit));
    // If the start had begun, the unit's state would be failed, not only the job.
    const hasBegun = manager.list().get(unit)?.activeState !== "inactive";
    // mutation: refused trigger
    if (result !== "failed" || hasBegun || !isTrigger(unit)) return undefined;
    return new TriggerRefusedError(
      `systemd does not start ${unit}: ${refusalOf(unit)}; retrying when that changes, and periodically`,
    );
  }

  async #stop({ unit, record, stopsFor, alone }: TaskOf<"stop">, signal: AbortSignal): Promise<void> {
    const { manager, launches, onStopFor } = this.#options;
    if (stopsFor !== undefined) onStopFor(stopsFor);
    const known = launches.all.get(unit);
    if (known && known.phase !== "loaded") this.#putIfPossible(unit, { ...known, phase: "stopping" });
    const isStillUp = (): boolean => isUp(manager.list().get(unit));
    try {
      const { result, message } = await manager.stop(unit, signal, alone === true ? "alone" : undefined);
      if (result !== "done" && isStillUp()) throw new StopFailedError(`cannot stop ${unit}: ${message || result}`);
    } catch (error) {
      // systemd refuses to stop a unit that is not loaded, which is as good as stopped.
      if (!(error instanceof UnitManagerRefusedError) || isStillUp()) throw error;
    }
    if (record) this.#putStopped(unit, record);
  }

  /** A stop must not fail for lack of disk space: with an old record, the next daemon repeats the stop. */
  #putIfPossible(unit: string, record: LaunchRecord): void {
    try {
      this.#put(unit, record);
    } catch (error) {
      rethrowProgrammingError(error);
      this.#options.log.warn("cannot write a launch record before a stop", { unit, error: messageOf(error) });
    }
  }

  /** Without a record, the unit counts as never started, which is equivalent once it has stopped. */
  #putStopped(unit: string, record: LaunchRecord): void {
    try {
      this.#put(unit, record);
    } catch (error) {
      this.#forget(unit);
      throw error;
    }
  }

  async #kill(unit: string, signal: AbortSignal): Promise<void> {
    const processes = await this.#options.manager.killLeftovers(unit, signal);
    if (processes > 0)
      this.#options.log.warn("killed processes that a unit left behind when it stopped", { unit, processes });
  }

  /** A unit that still runs keeps its record, and is stopped and removed again. */
  async #remove(unit: string): Promise<void> {
    if (!(await this.#options.manager.remove(unit))) return;
    this.#notes.delete(unit);
    this.#forget(unit);
  }

  #forget(unit: string): void {
    this.#secrets.forget(unit);
    this.#options.launches.delete(unit);
    this.#options.onRecord(unit);
  }

  #put(unit: string, record: LaunchRecord): void {
    this.#options.launches.put(unit, record);
    this.#options.onRecord(unit);
  }
}

function masked(cause: UnitManagerRefusedError): MaskedError {
  const said = `systemd does not start the unit on this machine: ${cause.message}`;
  return new MaskedError(`${said} Retrying periodically; run systemctl unmask to allow the start.`, { cause });
}

function requirementMissing(unit: string, cause: UnitManagerRefusedError): RequirementMissingError {
  const said = `systemd does not start ${unit}: ${cause.message}`;
  return new RequirementMissingError(`${said} Retrying when the required unit is on this machine.`, { cause });
}
