import type { Lease, LeaseId, LeaseTime } from "@flotilla/registry";
import type { Clock, Logger, Nudge } from "@flotilla/runtime";
import { type Guard, stoppedBy } from "./guard.ts";
import { retry } from "../retry.ts";

export interface GuardRenewerOptions {
  readonly guard: Guard;
  /** `limitMs` is the time limit of the answer. */
  readonly leaseTime: (id: LeaseId, signal: AbortSignal, limitMs: number) => Promise<LeaseTime | undefined>;
  /** Whether the machine has exclusive units, or units on the guard's list. */
  readonly isNeeded: () => boolean;
  /** Poked when `isNeeded` may have become true. */
  readonly mayBeNeeded: Nudge;
  /** Whether systemd runs the unit, or is about to. */
  readonly isUp: (unit: string) => boolean;
  /** Called for a unit that the guard has stopped and that may run here again. */
  readonly onStopped: (unit: string) => void;
  /** Called after the deadline was extended. */
  readonly onRenewed: () => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

/** How often the deadline is extended per TTL of the lease; at least once a second. */
const TIMES_A_TTL = 10;

/** An answer about the lease may take this fraction of the TTL: the previous answer is valid for two more thirds. */
const ANSWERS_A_TTL = 3;

/** The guard checks once a second, so all its stops have begun after this time. */
const NOTICED_MS = 2_000;

/**
 * Extends the guard's deadline for as long as the store says that this machine's lease is certain to last. The time
 * that the lease has left is counted from before the request, by a clock that also runs while the process or the host
 * sleeps. A late answer therefore never extends the deadline beyond the lease.
 */
export class GuardRenewer {
  readonly #options: GuardRenewerOptions;

  constructor(options: GuardRenewerOptions) {
    this.#options = options;
  }

  /** Resolves when `signal` aborts. The deadline stays, so that the guard stops the units in time. */
  async run(lease: Lease, signal: AbortSignal): Promise<void> {
    const { isNeeded, mayBeNeeded, clock, random, log } = this.#options;
    const pause = Math.min(1_000, lease.ttlMs / TIMES_A_TTL);
    const trying = { clock, random, log, what: "extending the guard's deadline" };
    while (!signal.aborted) {
      if (isNeeded()) {
        await retry(trying, signal, (either) => this.#renew(lease, either)).catch((error: unknown) => {
          if (!signal.aborted) throw error;
        });
        await clock.sleep(pause, signal).catch(() => {});
      } else await mayBeNeeded.wait(signal).catch(() => {});
    }
  }

  async #renew(lease: Lease, signal: AbortSignal): Promise<void> {
    const { guard, leaseTime, onRenewed } = this.#options;
    const asked = guard.now();
    // A late answer stays valid, so its time limit is longer than that of other requests.
    const time = await leaseTime(lease.id, signal, lease.ttlMs / ANSWERS_A_TTL);
    // The present time, not the time of the request: the guard may have acted since.
    const now = guard.now();
    if (!time || !this.#hasFinishedStops(now)) return;
    // Includes units that the guard was stopping when the deadline was last extended.
    this.#startAgain(stoppedBy(guard));
    guard.setDeadline(asked + time.surelyLeftMs);
    onRenewed();
  }

  /**
   * Whether the guard has finished its stops after the deadline. If the deadline were extended before, a unit that the
   * guard stops afterwards would stay stopped.
   */
  #hasFinishedStops(now: number): boolean {
    const { guard, isUp } = this.#options;
    if (now < guard.deadline || guard.units.size === 0) return true;
    return now >= guard.deadline + NOTICED_MS && ![...guard.units].some(isUp);
  }

  /** Starts the units again that the guard has stopped. */
  #startAgain(stopped: Iterable<string>): void {
    const { guard, isUp, onStopped } = this.#options;
    for (const unit of stopped) {
      if (isUp(unit)) continue;
      // mutation: start after the guard's stop
      onStopped(unit);
      guard.forgetStop(unit);
    }
  }
}
