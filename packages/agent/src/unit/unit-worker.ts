import type { Assignment } from "@flotilla/model";
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
import { plan } from "./plan.ts";
import type { Situation } from "./situation.ts";
import type { Trouble } from "./start-order.ts";
import type { Task } from "./task.ts";

export interface UnitWorkerOptions {
  readonly unit: string;
  /** What holds now; undefined while nothing may be done. */
  readonly situation: () => Situation | undefined;
  readonly execute: (task: Task, signal: AbortSignal) => Promise<void>;
  /** Called when `failure` has changed. */
  readonly onFailure: () => void;
  /** Called when there is nothing left to do. */
  readonly onIdle: () => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

/** Between tries, milliseconds. */
const LONGEST_PAUSE_MS = 15_000;

/** More plans than this one after the other, and something undoes what the agent does. */
const MOST_ROUNDS = 10;

const DISK_FAULTS: readonly unknown[] = ["ENOSPC", "EDQUOT", "EROFS", "EIO"];

class SupersededError extends Error {}

/** Something else on the machine undoes what the agent does. */
class UnstableUnitError extends FlotillaError {
  readonly code = "unit-unstable";
}

/**
 * Works on one unit, always toward its latest assignment: plans, does the tasks in order, and plans
 * again until nothing is left to do. A new assignment ends the waiting for a job that an old one
 * asked for; systemd cancels that job itself when the next one comes ("replace" mode).
 */
export class UnitWorker {
  readonly #options: UnitWorkerOptions;
  readonly #backoff: Backoff;
  #isWorking = false;
  #isStopped = false;
  #isPausing = false;
  #failure: string | undefined;
  /** What the pause is for. */
  #error: unknown;
  /** What the tasks under way work toward, and what ends them or the pause after a failure. */
  #goal: string | undefined;
  #round = new AbortController();

  constructor(options: UnitWorkerOptions) {
    this.#options = options;
    this.#backoff = new Backoff({ first: 500, most: LONGEST_PAUSE_MS, random: options.random });
  }

  get isWorking(): boolean {
    return this.#isWorking;
  }

  /** It waits for a while before it tries again what has failed. */
  get isPausing(): boolean {
    return this.#isPausing;
  }

  /** Why the unit is not as it should be, if the agent could not make it so; it goes on trying. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** For the units whose start waits for this one's. */
  get trouble(): Trouble {
    // While the store or systemd is away nothing is started: what waits goes on with the rest when it is back.
    if (this.#failure === undefined || isAway(this.#error)) return "none";
    if (!(this.#error instanceof TriggerRefusedError)) return "failing";
    return this.#isPausing ? "refused" : "none";
  }

  /** It fails for want of what any other machine may have: room on a disk, or the unit's name for the cluster. */
  get isMachinesFault(): boolean {
    if (this.#failure === undefined) return false;
    return this.#error instanceof HostUnitError || this.#error instanceof NameTakenError || isDiskFault(this.#error);
  }

  /** Begins to work if there is something to do; does nothing while work is under way. */
  check(): void {
    if (this.#isWorking || this.#isStopped || this.#tasks().length === 0) return;
    this.#isWorking = true;
    void this.#work();
  }

  /** The assignment may have changed: what an older one asked for is waited for no longer. */
  reconsider(): void {
    if (!this.#isWorking) this.check();
    else if (![undefined, this.#goal].includes(this.#currentGoal())) this.#round.abort(new SupersededError());
  }

  /** Tries again at once what has failed, if by an error that is mended now. */
  retry(isMended: (error: unknown) => boolean): void {
    if (!this.#isPausing || !isMended(this.#error)) return;
    this.#isPausing = false;
    this.#round.abort(new SupersededError());
  }

  /** Waits for nothing more and does nothing more; systemd's jobs go on. */
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
            `The unit does not stay as the agent makes it; next would be: ${tasks[0]?.type}.`,
          );
        for (const task of tasks) {
          // The machine may have lost its place while the one before was done.
          if (!this.#options.situation()) break;
          await this.#options.execute(task, this.#round.signal);
        }
      } catch (error) {
        rounds = 0;
        if (!this.#round.signal.aborted) await this.#pause(error);
      }
    }
    this.#isWorking = false;
    this.#backoff.reset();
    this.#setFailure(undefined);
    this.#options.onIdle();
  }

  async #pause(error: unknown): Promise<void> {
    const { clock, log, unit } = this.#options;
    // Each round plans from what is there, so the next try starts over; whoever looks at the unit is told meanwhile.
    const failure = isProgrammingError(error)
      ? `internal error (please report it): ${messageOf(error)}`
      : messageOf(error);
    if (failure !== this.#failure && !isAway(error))
      logFailure(log, "a unit is not as it should be; trying again from time to time", error, { unit });
    this.#error = error;
    this.#setFailure(failure);
    this.#isPausing = true;
    // systemd counts a start that it refuses as one of StartLimitBurst=, and gives the trigger up after too many.
    const ms = error instanceof TriggerRefusedError ? LONGEST_PAUSE_MS : this.#backoff.next();
    await clock.sleep(ms, this.#round.signal).catch(() => {});
    this.#isPausing = false;
  }

  #setFailure(failure: string | undefined): void {
    if (failure === this.#failure) return;
    this.#failure = failure;
    this.#options.onFailure();
  }

  #tasks(): readonly Task[] {
    const situation = this.#options.situation();
    return situation ? plan(situation) : [];
  }

  /** Undefined while nothing may be done: then what is under way goes on. */
  #currentGoal(): string | undefined {
    const situation = this.#options.situation();
    return situation && goalOf(situation.assignment);
  }
}

/** The store or systemd is away, which is said once and not for each unit. What systemd takes too long for is the unit's. */
function isAway(error: unknown): boolean {
  return isOutage(error) && !(error instanceof UnitManagerTimeoutError);
}

/** errno(3): no space left, quota exceeded, mounted read-only, or broken. */
function isDiskFault(error: unknown): boolean {
  return error instanceof Error && "code" in error && DISK_FAULTS.includes(error.code);
}

/** Equal for assignments that ask for the same. */
function goalOf(assignment: Assignment | undefined): string {
  if (!assignment) return "none";
  const { since, digest, hash, desired, restart, leaving, stopping } = assignment;
  return JSON.stringify([since, digest, hash, desired, restart, leaving, stopping]);
}
