import {
  Backoff,
  type Clock,
  FlotillaError,
  isOutage,
  isProgrammingError,
  logFailure,
  type Logger,
  messageOf,
} from "@flotilla/runtime";
import { HostUnitError, NameTakenError, UnitManagerTimeoutError } from "@flotilla/systemd";
import { TriggerRefusedError } from "./executor.ts";
import { tasksFor } from "./tasks-for.ts";
import type { Situation } from "./situation.ts";
import type { Trouble } from "./start-order.ts";
import type { Task } from "./task.ts";

export interface UnitWorkerOptions {
  readonly unit: string;
  /** The present situation; undefined while no task may be done. */
  readonly situation: () => Situation | undefined;
  readonly execute: (task: Task, signal: AbortSignal) => Promise<void>;
  /** Called after a change of `failure`. */
  readonly onFailure: () => void;
  /** Called when no task is left. */
  readonly onIdle: () => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

/** Longest pause between tries, in milliseconds. */
const LONGEST_PAUSE_MS = 15_000;

/** More rounds in a row mean that something undoes the agent's work. */
const MOST_ROUNDS = 10;

const DISK_FAULTS: readonly unknown[] = ["ENOSPC", "EDQUOT", "EROFS", "EIO"];

class SupersededError extends Error {}

/** Something else on the machine undoes the agent's work. */
class UnstableUnitError extends FlotillaError {
  readonly code = "unit-unstable";
}

/**
 * Works on one unit toward its latest assignment: decides the tasks, executes them in order, and repeats until no task
 * is left. A new assignment ends the wait for a job that an older one required; systemd cancels that job when the agent
 * requests the next one (job mode "replace").
 */
export class UnitWorker {
  readonly #options: UnitWorkerOptions;
  readonly #backoff: Backoff;
  #isWorking = false;
  #isStopped = false;
  #isBackingOff = false;
  #failure: string | undefined;
  /** The error that caused the pause. */
  #error: unknown;
  /** The goal of the tasks under way, and the signal that ends them or the pause after a failure. */
  #goal: string | undefined;
  #round = new AbortController();

  constructor(options: UnitWorkerOptions) {
    this.#options = options;
    this.#backoff = new Backoff({ first: 500, most: LONGEST_PAUSE_MS, random: options.random });
  }

  get isWorking(): boolean {
    return this.#isWorking;
  }

  /** Whether the worker waits before it retries a failed task. */
  get isBackingOff(): boolean {
    return this.#isBackingOff;
  }

  /** Why the unit does not match its assignment, if a task has failed; retries go on. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** The failure, for units whose start waits for this one. */
  get trouble(): Trouble {
    // During an outage of the store or systemd, nothing starts anyway; waiting units continue afterwards.
    if (this.#failure === undefined || isAway(this.#error)) return "none";
    if (!(this.#error instanceof TriggerRefusedError)) return "failing";
    return this.#isBackingOff ? "refused" : "none";
  }

  /** Whether the failure is specific to this machine: a lack of disk space, or a host's own unit with this name. */
  get isMachineSpecific(): boolean {
    if (this.#failure === undefined) return false;
    return this.#error instanceof HostUnitError || this.#error instanceof NameTakenError || isDiskFault(this.#error);
  }

  /** Begins to work if there are tasks and none is under way. */
  check(): void {
    if (this.#isWorking || this.#isStopped || this.#tasks().length === 0) return;
    this.#isWorking = true;
    void this.#work();
  }

  /** The assignment may have changed: ends the wait for a job that an older one required. */
  reconsider(): void {
    if (!this.#isWorking) this.check();
    else if (![undefined, this.#goal].includes(this.#currentGoal())) this.#round.abort(new SupersededError());
  }

  /** Retries a failed task at once, if its error is fixed now. */
  retry(isFixed: (error: unknown) => boolean): void {
    if (!this.#isBackingOff || !isFixed(this.#error)) return;
    this.#isBackingOff = false;
    this.#round.abort(new SupersededError());
  }

  /** Stops waiting and working; systemd's jobs continue. */
  stop(): void {
    this.#isStopped = true;
    this.#round.abort(new SupersededError());
  }

  async #work(): Promise<void> {
    for (let rounds = 1; !this.#isStopped; rounds += 1) {
      const tasks = this.#tasks();
      if (tasks.length === 0) break;
      this.#round = new AbortController();
      this.#goal = this.#currentGoal();
      try {
        if (rounds > MOST_ROUNDS)
          throw new UnstableUnitError(
            `something else on this machine undoes the agent's changes of the unit; next task: ${tasks[0]?.type}`,
          );
        for (const task of tasks) {
          // The machine may have lost its membership during the previous task.
          if (!this.#options.situation()) break;
          await this.#options.execute(task, this.#round.signal);
        }
      } catch (error) {
        rounds = 0;
        if (!this.#round.signal.aborted) await this.#backOff(error);
      }
    }
    this.#isWorking = false;
    this.#backoff.reset();
    this.#setFailure(undefined);
    this.#options.onIdle();
  }

  async #backOff(error: unknown): Promise<void> {
    const { clock, log, unit } = this.#options;
    // Each round decides from the present situation, so the next try starts over; the failure is published meanwhile.
    const failure = isProgrammingError(error)
      ? `internal error (please report it): ${messageOf(error)}`
      : messageOf(error);
    if (failure !== this.#failure && !isAway(error))
      logFailure(log, "a unit does not match its assignment; retrying", error, { unit });
    this.#error = error;
    this.#setFailure(failure);
    this.#isBackingOff = true;
    // systemd counts a refused start toward StartLimitBurst=, and fails the trigger after too many.
    const ms = error instanceof TriggerRefusedError ? LONGEST_PAUSE_MS : this.#backoff.next();
    await clock.sleep(ms, this.#round.signal).catch(() => {});
    this.#isBackingOff = false;
  }

  #setFailure(failure: string | undefined): void {
    if (failure === this.#failure) return;
    this.#failure = failure;
    this.#options.onFailure();
  }

  #tasks(): readonly Task[] {
    const situation = this.#options.situation();
    return situation ? tasksFor(situation) : [];
  }

  /** Undefined while no task may be done: tasks under way then continue. */
  #currentGoal(): string | undefined {
    const situation = this.#options.situation();
    return situation && goalOf(situation);
  }
}

/**
 * Whether the error means that the store or systemd is unavailable. Such an outage is logged once for the machine
 * rather than for each unit. A call to systemd that times out is a failure of its unit only.
 */
function isAway(error: unknown): boolean {
  return isOutage(error) && !(error instanceof UnitManagerTimeoutError);
}

/** errno(3): no space left, quota exceeded, read-only file system, or I/O error. */
function isDiskFault(error: unknown): boolean {
  return error instanceof Error && "code" in error && DISK_FAULTS.includes(error.code);
}

/** A key that is equal for situations with the same goal. */
function goalOf({ assignment, mirror }: Situation): string {
  if (!assignment) return mirror ? JSON.stringify(["mirror", mirror.state]) : "none";
  const { since, digest, hash, desired, restart, secrets, leaving, stopping } = assignment;
  return JSON.stringify([since, digest, hash, desired, restart, secrets, leaving, stopping]);
}
