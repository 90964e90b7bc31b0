import { FlotillaError, type Logger, messageOf, rethrowProgrammingError, untilAborted } from "@flotilla/runtime";
import {
  HostUnitError,
  type JobResult,
  NO_SUCH_UNIT,
  UNIT_MASKED,
  type UnitManager,
  UnitManagerRefusedError,
} from "@flotilla/systemd";
import { isTrigger, unloadableName } from "@flotilla/unit";
import pLimit, { type LimitFunction } from "p-limit";
import type { LaunchRecord, LaunchRecords } from "../launch/launch-record.ts";
import { ReloadBatch } from "./reload-batch.ts";
import { isStub, isUp } from "./situation.ts";
import type { Task, TaskOf, TaskType } from "./task.ts";
import type { UnitTexts } from "./unit-texts.ts";

export interface ExecutorOptions {
  readonly manager: UnitManager;
  readonly texts: UnitTexts;
  readonly launches: LaunchRecords;
  readonly log: Logger;
  /** Called after a launch record has changed. */
  readonly onRecord: (unit: string) => void;
  /** Whether this machine's guard keeps the unit from running at present. */
  readonly isShut: (unit: string) => boolean;
  /** Why systemd has refused to start a timer, path or socket, as far as is known. */
  readonly refusalOf: (unit: string) => string;
  /** The unit of this trigger, which was refused, runs and may give way to it. */
  readonly hasWayLeft: (trigger: string) => boolean;
  /** A unit is stopped for this trigger. */
  readonly onGivenWay: (trigger: string) => void;
}

/** A unit did not stop; the message is systemd's. */
export class StopFailedError extends FlotillaError {
  readonly code = "stop-failed";
}

/** systemd cannot load the unit, whatever is in its file. */
export class NotLoadableError extends FlotillaError {
  readonly code = "not-loadable";
}

/** An administrator has masked the unit on this machine. */
export class MaskedError extends FlotillaError {
  readonly code = "masked";
}

/** systemd does not start a unit before it knows every unit that it requires. */
export class RequirementMissingError extends FlotillaError {
  readonly code = "requirement-missing";
}

/** systemd does not start a timer, path or socket whose unit is not loaded, nor a socket whose service runs. */
export class TriggerRefusedError extends FlotillaError {
  readonly code = "trigger-refused";
}

/** The guard has stopped the unit on its way up, or systemd has refused to start it because of the guard. */
export class GuardShutError extends FlotillaError {
  readonly code = "guard-shut";
}

/** Tasks of different units that touch files and ask systemd short questions at one time. */
const MOST_AT_ONCE = 64;

/**
 * How jobs end that the guard has systemd refuse, to the unit or to one that it requires, or whose place its own stop
 * takes. All else is the unit's own doing, also where the guard has shut before the answer is read.
 */
const SHUT_OUT: readonly string[] = ["assert", "dependency", "canceled"];

type Executors = { readonly [T in TaskType]: (task: TaskOf<T>, signal: AbortSignal) => Promise<void> };

/**
 * Does tasks. Starts and stops may take minutes and wait outside of the limit: systemd queues its
 * jobs itself, and no unit is to be held up by another's.
 */
export class Executor {
  readonly #options: ExecutorOptions;
  readonly #reloads: ReloadBatch;
  /** What was left out of units' [Install] sections, in sentences. */
  readonly #notes = new Map<string, string>();
  readonly #limit: LimitFunction = pLimit(MOST_AT_ONCE);
  readonly #executors: Executors = {
    write: (task, signal) => this.#write(task, signal),
    reload: ({ unit, isDue = false }) => this.#reloads.settle(unit, isDue),
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
  }

  /**
   * @param signal ends the waiting for the store or for a job of systemd's; the job goes on. What
   *   changes files is not interrupted, so that a later task cannot overtake it.
   * @throws the signal's reason, a UnitManagerError, a StoreError, MissingFileError, NotLoadableError,
   *   RequirementMissingError, MaskedError, TriggerRefusedError, GuardShutError, StopFailedError, ProcessesLeftError
   */
  async execute<T extends TaskType>(task: TaskOf<T>, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    logTask(this.#options.log, task);
    await this.#executors[task.type](task, signal);
  }

  /** What was left out of the unit's [Install] section when it was last enabled; empty for nothing. */
  noteOf(unit: string): string {
    return this.#notes.get(unit) ?? "";
  }

  async #write({ unit, digest }: TaskOf<"write">, signal: AbortSignal): Promise<void> {
    const unloadable = unloadableName(unit);
    if (unloadable !== undefined) throw new NotLoadableError(unloadable);
    const text = await untilAborted([signal], () => this.#options.texts.get(digest));
    try {
      await this.#options.manager.write(unit, text);
    } catch (error) {
      // What was started under this name is the host's now: the cluster's unit is started anew once it has a place.
      if (error instanceof HostUnitError && !this.#options.manager.list().has(unit)) this.#forget(unit);
      throw error;
    }
  }

  /** A unit whose links cannot all be made is started all the same: they only matter to other units. */
  async #enable(unit: string): Promise<void> {
    const notes = await this.#options.manager.enable(unit);
    for (const note of notes)
      this.#options.log.warn("a link of a unit's [Install] section was not made", { unit, note });
    if (notes.length > 0) this.#notes.set(unit, notes.join(" "));
    else this.#notes.delete(unit);
  }

  async #load({ unit, digest, since, restart }: TaskOf<"load">): Promise<void> {
    const { manager, launches } = this.#options;
    await manager.load(unit);
    const managed = manager.list().get(unit);
    if (managed && isStub(managed))
      throw new NotLoadableError(`systemd does not load ${unit}: this version of it has no units of this type.`);
    // As it is by now: the guard may have stopped the unit meanwhile, and with its record went that it was launched.
    const known = launches.all.get(unit);
    this.#put(unit, known ? { ...known, digest } : { since, digest, hash: "", phase: "loaded", restart, problem: "" });
  }

  async #run(task: TaskOf<"start" | "restart">, asked: LaunchRecord["phase"], signal: AbortSignal): Promise<void> {
    const { unit, record } = task;
    // mutation: launch record before start
    this.#put(unit, { ...record, phase: asked });
    const { result, message } = await this.#ask(task, signal);
    const inVain = result === "done" ? undefined : this.#inVain(unit, result);
    if (inVain) {
      // Also where the first half of a restart, the stop, was seen to be made.
      this.#put(unit, { ...record, phase: this.#isUntried(unit, inVain) ? "loaded" : asked });
      throw inVain;
    }
    if (result !== "done") this.#options.log.warn("a unit did not start", { unit, result, error: message });
    this.#put(unit, {
      ...record,
      problem: result === "done" ? "" : message || `systemd ended the ${task.type} with "${result}".`,
    });
  }

  /** A refusal is an answer too: asking again would bring the same, unless what is missing may yet come. */
  async #ask({ type, unit }: TaskOf<"start" | "restart">, signal: AbortSignal): Promise<JobResult> {
    try {
      return await this.#options.manager[type](unit, signal);
    } catch (error) {
      if (!(error instanceof UnitManagerRefusedError)) throw error;
      if (unit.endsWith(".scope")) return { result: "refused", message: scopeRefusal(error.message) };
      if (error.errorName === NO_SUCH_UNIT) throw requirementMissing(unit, error);
      if (error.errorName === UNIT_MASKED) throw masked(error);
      return { result: "refused", message: error.message };
    }
  }

  /**
   * What the guard has kept down counts as not tried, and so does a trigger whose unit was started right before it by
   * another hand: that unit still gives way to it.
   */
  #isUntried(unit: string, inVain: TriggerRefusedError | GuardShutError): boolean {
    const { manager, hasWayLeft } = this.#options;
    if (!isTrigger(unit) || isUp(manager.list().get(unit))) return false;
    return inVain instanceof GuardShutError || hasWayLeft(unit);
  }

  /** Why a start came to nothing before it began: it has not been made, and is tried again. */
  #inVain(unit: string, result: string): TriggerRefusedError | GuardShutError | undefined {
    const { manager, isShut, refusalOf } = this.#options;
    if (SHUT_OUT.includes(result) && isShut(unit)) return new GuardShutError(guardShut(unit));
    // Where it has begun, what failed is the unit's state and not only the job.
    const hasBegun = manager.list().get(unit)?.activeState !== "inactive";
    // mutation: refused trigger
    if (result !== "failed" || hasBegun || !isTrigger(unit)) return undefined;
    return new TriggerRefusedError(
      `systemd does not start ${unit}: ${refusalOf(unit)}. It is tried again when that changes, and from time to time.`,
    );
  }

  async #stop({ unit, record, givesWayTo }: TaskOf<"stop">, signal: AbortSignal): Promise<void> {
    const { manager, launches, onGivenWay } = this.#options;
    if (givesWayTo !== undefined) onGivenWay(givesWayTo);
    const known = launches.all.get(unit);
    if (known && known.phase !== "loaded") this.#putIfPossible(unit, { ...known, phase: "stopping" });
    const isStillUp = (): boolean => isUp(manager.list().get(unit));
    try {
      const { result, message } = await manager.stop(unit, signal);
      if (result !== "done" && isStillUp())
        throw new StopFailedError(`${unit} could not be stopped: ${message || result}.`);
    } catch (error) {
      // systemd refuses to stop what it has not loaded, which is as good as stopped.
      if (!(error instanceof UnitManagerRefusedError) || isStillUp()) throw error;
    }
    if (record) this.#putStopped(unit, record);
  }

  /** A stop must not wait for room on a disk: a daemon that finds the record as it was stops the unit again. */
  #putIfPossible(unit: string, record: LaunchRecord): void {
    try {
      this.#put(unit, record);
    } catch (error) {
      rethrowProgrammingError(error);
      this.#options.log.warn("a launch record could not be written before a stop", { unit, error: messageOf(error) });
    }
  }

  /** Without a record the unit counts as never started, which is as good once it has stopped. */
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
    if (processes > 0) this.#options.log.warn("killed what a unit had left when it stopped", { unit, processes });
  }

  /** A unit that runs after all keeps its record: it is stopped and removed again. */
  async #remove(unit: string): Promise<void> {
    if (!(await this.#options.manager.remove(unit))) return;
    this.#notes.delete(unit);
    this.#forget(unit);
  }

  #forget(unit: string): void {
    this.#options.launches.delete(unit);
    this.#options.onRecord(unit);
  }

  #put(unit: string, record: LaunchRecord): void {
    this.#options.launches.put(unit, record);
    this.#options.onRecord(unit);
  }
}

/** Of a scope's file systemd says that it is not there, for it reads none. */
function scopeRefusal(message: string): string {
  return `systemd refused it ("${message}"): programs make scopes, unit files do not (systemd.scope(5)).`;
}

function guardShut(unit: string): string {
  const why = "fleet-guard.service keeps exclusive units from running until this machine's lease is confirmed";
  return `${unit} was not started: ${why}. It starts then.`;
}

function masked(cause: UnitManagerRefusedError): MaskedError {
  const said = `systemd does not start it on this machine: ${cause.message}`;
  return new MaskedError(`${said} It is tried again from time to time; systemctl unmask ends it.`, { cause });
}

function requirementMissing(unit: string, cause: UnitManagerRefusedError): RequirementMissingError {
  const said = `systemd does not start ${unit}: ${cause.message}`;
  return new RequirementMissingError(`${said} It is tried again once what it requires is on this machine.`, { cause });
}

function logTask(log: Logger, { type, unit, reason }: Pick<Task, "type" | "unit" | "reason">): void {
  const isSeen = type === "start" || type === "restart" || type === "stop" || type === "remove";
  if (isSeen) log.info("doing a task", { task: type, unit, reason });
  else log.debug("doing a task", { task: type, unit, reason });
}
