import { type Clock, untilAborted } from "@flotilla/runtime";
import type { JobResult } from "../port.ts";
import { type FakeBehaviour, jobResult, restartsAfter, startedState } from "./fake-behaviour.ts";
import { type FakeJob, lasts, newJob } from "./fake-job.ts";
import { type FakeMemory, mayTrigger } from "./fake-memory.ts";
import { refusal } from "./fake-refusal.ts";
import { isAtRest } from "../active-state.ts";
import { begunRun, endedRun, endOfRun, STOPPED } from "./fake-run.ts";
import type { FakeUnit } from "./fake-unit.ts";

export interface FakeJobsOptions {
  readonly clock: Clock;
  readonly memory: FakeMemory;
  readonly howOf: (name: string) => How;
  /** Whether the unit's assertions hold. */
  readonly mayStart: (name: string) => boolean;
  /** Called with each unit that systemd is about to start by itself. */
  readonly onOwnStart: (name: string) => void;
}

type How = FakeBehaviour & { readonly startMs: number; readonly stopMs: number };

type State = Pick<FakeUnit, "activeState" | "subState" | "result">;

const KILLED: State = { activeState: "failed", subState: "failed", result: "signal" };

const AUTO_RESTART = { activeState: "activating", subState: "auto-restart" };

/** The jobs of the fake systemd: those that callers ask for, and the starts that Restart= causes. */
export class FakeJobs {
  readonly #options: FakeJobsOptions;
  readonly #starts = new Map<string, number>();
  #runs = 0;

  constructor(options: FakeJobsOptions) {
    this.#options = options;
  }

  /** How many times the unit's processes have been started. */
  starts(name: string): number {
    return this.#starts.get(name) ?? 0;
  }

  /** @throws UnitManagerRefusedError when the unit, or a unit that it requires, cannot be loaded. */
  request(name: string, type: FakeJob["type"]): Promise<JobResult> {
    const { memory } = this.#options;
    const unit = memory.load(name);
    try {
      this.#validate(name, unit, type);
    } catch (error) {
      memory.collect(name);
      throw error;
    }
    if (unit.job?.type === type) return unit.job.ended;
    unit.job?.abort.abort();
    unit.job?.end(jobResult(unit.job.type, name, "canceled"));
    // A start waits until the pause before the next one is over (service_start() in service.c).
    const waits = type === "start" && unit.subState === AUTO_RESTART.subState;
    if (!waits) unit.pause?.abort.abort();
    const job = newJob(type);
    memory.set(name, { ...unit, job, pause: waits ? unit.pause : undefined });
    if (type === "start" || type === "restart") this.#pullIn(unit, job);
    // The caller that aborts a job also ends it.
    this.#run(name, job).then(job.end, () => {});
    return job.ended;
  }

  /** Starts a unit for another unit or a target; false when the unit cannot be loaded. */
  tryStart(name: string): boolean {
    const { loadState } = this.#options.memory.load(name);
    if (loadState !== "loaded") return false;
    this.#options.onOwnStart(name);
    // The caller's unit depends neither on the result nor on a missing required unit.
    void new Promise((resolve) => resolve(this.request(name, "start"))).catch(() => {});
    return true;
  }

  /** The unit's processes have ended by themselves. */
  ended(name: string, how: State): void {
    const { memory } = this.#options;
    // The job continues from that state.
    if (memory.units.get(name)?.job) return memory.update(name, how);
    this.#end(name, how);
    memory.collect(name);
  }

  #validate(name: string, unit: FakeUnit, type: FakeJob["type"]): void {
    const { memory } = this.#options;
    if (type === "stop") {
      if (unit.loadState !== "loaded" && isAtRest(unit)) throw refusal(name, "not-loaded");
      return;
    }
    if (unit.loadState !== "loaded") throw refusal(name, unit.loadState);
    for (const required of unit.definition.requires) {
      const { loadState } = memory.load(required);
      if (loadState !== "loaded") throw refusal(required, loadState);
    }
    if (type === "reload" && !unit.definition.isReloadable) throw refusal(name, "no-reload");
  }

  /** A unit that the starting unit triggers starts after it (systemd.socket(5), "Implicit Dependencies"). */
  #pullIn({ definition: { pullsIn, triggers } }: FakeUnit, { ended }: FakeJob): void {
    for (const other of pullsIn) {
      if (other === triggers) void ended.then(() => this.#startIfAtRest(other));
      else this.#startIfAtRest(other);
    }
  }

  #startIfAtRest(name: string): void {
    const unit = this.#options.memory.units.get(name);
    if (unit && isAtRest(unit)) this.tryStart(name);
  }

  async #run(name: string, job: FakeJob): Promise<JobResult> {
    const { memory } = this.#options;
    const result = await this.#do(name, job);
    // Another job may have replaced this one when it was about to end.
    job.abort.signal.throwIfAborted();
    if (memory.units.get(name)?.job === job) memory.update(name, { job: undefined });
    memory.collect(name);
    return jobResult(job.type, name, result);
  }

  async #do(name: string, job: FakeJob): Promise<string> {
    const { memory, howOf } = this.#options;
    if (job.type === "reload") return memory.units.get(name)?.activeState === "active" ? "done" : "invalid";
    const how = howOf(name);
    await this.#stop(name, job, how);
    job.abort.signal.throwIfAborted();
    const isActive = memory.units.get(name)?.activeState === "active";
    return job.type === "stop" || isActive ? "done" : await this.#start(name, job, how);
  }

  /**
   * Stops the unit, unless the job is a start of a running unit. The start of a unit that is being stopped waits until
   * the stop is over (EAGAIN in service_start() and socket_start()).
   */
  async #stop(name: string, job: FakeJob, how: How): Promise<void> {
    const { clock, memory } = this.#options;
    const unit = memory.units.get(name);
    if (!unit || isAtRest(unit)) return;
    if (unit.subState === AUTO_RESTART.subState) {
      // systemd counts the request itself as a start (unit_start() in unit.c).
      if (job.type === "start") this.#isWithinLimit(name, unit);
      const { over = Promise.resolve() } = unit.pause ?? {};
      await untilAborted([job.abort.signal], () => over);
      job.abort.signal.throwIfAborted();
      memory.update(name, { activeState: "inactive", subState: "dead", pause: undefined });
    } else if (job.type !== "start" || unit.activeState === "deactivating") {
      memory.update(name, { activeState: "deactivating", subState: "stop-sigterm" });
      await lasts(clock, how.stop === "hang" ? "hang" : how.stopMs, job);
      job.abort.signal.throwIfAborted();
      const leaves = unit.definition.leavesProcesses ? { hasLeftovers: true } : {};
      // A stop job ends in the same moment as the unit (unit_notify() in unit.c).
      const ends = job.type === "stop" ? { job: undefined } : {};
      const run = endedRun(unit.run, clock.wall(), STOPPED);
      memory.update(name, { activeState: "inactive", subState: "dead", result: "success", run, ...leaves, ...ends });
    }
  }

  /** Checks in the order of unit_start() in unit.c, then starts. */
  async #start(name: string, job: FakeJob, how: How): Promise<string> {
    const { clock, memory, mayStart } = this.#options;
    const unit = memory.units.get(name);
    if (!unit) return "failed";
    if (unit.definition.neverStarts || !mayStart(name)) return "assert";
    if (!this.#isWithinLimit(name, unit)) {
      const result = unit.result === "success" ? "start-limit-hit" : unit.result;
      memory.update(name, { activeState: "failed", subState: "failed", result });
      return "failed";
    }
    const { triggers } = unit.definition;
    if (triggers !== undefined && !mayTrigger(name, memory.units.get(triggers))) return "failed";
    const run = name.endsWith(".service") ? begunRun((this.#runs += 1), clock.wall()) : undefined;
    memory.update(name, { activeState: "activating", subState: "start", result: "success", run });
    this.#starts.set(name, this.starts(name) + 1);
    const killed = await lasts(clock, how.start === "hang" ? "hang" : how.startMs, job);
    job.abort.signal.throwIfAborted();
    const result = killed ? "failed" : (how.start ?? "done");
    this.#end(name, killed ? KILLED : outcome(name, unit, result));
    return result;
  }

  #isWithinLimit(name: string, { definition, startedAt = [] }: FakeUnit): boolean {
    const { clock, memory } = this.#options;
    const now = clock.monotonic();
    const lately = startedAt.filter((at) => at > now - definition.startLimitMs);
    const isWithin = definition.startLimit === 0 || lately.length < definition.startLimit;
    memory.update(name, { startedAt: isWithin ? [...lately, now] : lately });
    return isWithin;
  }

  /**
   * Sets the state after a start or the unit's processes have ended. The start's job ends in the same moment. An
   * inactive or failed unit is restarted after a pause if its Restart= says so. Before the pause the unit is failed or
   * inactive for a moment, which a separate signal shows (service_enter_dead() in service.c).
   */
  #end(name: string, state: State): void {
    const { clock, memory, howOf } = this.#options;
    const { definition, run: begun } = memory.units.get(name) ?? {};
    const hasEnded = isAtRest(state) || state.subState === "exited";
    const run = hasEnded ? endedRun(begun, clock.wall(), endOfRun(state.result, howOf(name).exitStatus)) : begun;
    const isOver = definition?.oneshot === "ends" && state.result === "success";
    const ended = { ...state, run, job: undefined };
    if (!definition || !isAtRest(state) || isOver || !restartsAfter(state.result, definition.restart))
      return memory.update(name, ended);
    const abort = new AbortController();
    const over = this.#pause(name, definition.restartMs, abort.signal);
    memory.update(name, { ...ended, pause: { abort, over } });
    over.then(
      () => this.#startAgain(name),
      () => {},
    );
  }

  async #pause(name: string, ms: number, signal: AbortSignal): Promise<void> {
    const { clock, memory } = this.#options;
    await clock.sleep(0, signal);
    signal.throwIfAborted();
    memory.update(name, AUTO_RESTART);
    await clock.sleep(ms, signal);
    signal.throwIfAborted();
  }

  #startAgain(name: string): void {
    const { memory } = this.#options;
    // A start that waited for the end of the pause continues by itself.
    if (memory.units.get(name)?.job) return;
    this.#options.onOwnStart(name);
    try {
      void this.request(name, "restart");
    } catch {
      memory.update(name, { activeState: "failed", subState: "failed", result: "resources", pause: undefined });
    }
  }
}

function outcome(name: string, { definition }: FakeUnit, result: string): State {
  if (result === "done") return { ...startedState(name, definition), result: "success" };
  if (result === "dependency") return { activeState: "inactive", subState: "dead", result: "success" };
  return { activeState: "failed", subState: "failed", result: result === "timeout" ? "timeout" : "exit-code" };
}
