import type { Lease, LeaseId, LeaseTime } from "@flotilla/registry";
import type { Clock, Logger } from "@flotilla/runtime";
import type { Guard } from "./guard.ts";
import { persist } from "../persist.ts";

export interface GuardKeeperOptions {
  readonly guard: Guard;
  /** `limitMs` is how long the answer may take. */
  readonly leaseTime: (id: LeaseId, signal: AbortSignal, limitMs: number) => Promise<LeaseTime | undefined>;
  /** Whether anything here is exclusive, or is still on the guard's list. */
  readonly isNeeded: () => boolean;
  /** Whether systemd runs the unit, or is about to. */
  readonly isUp: (unit: string) => boolean;
  /** The guard has stopped this unit, which was up, and it may run here again. */
  readonly onStopped: (unit: string) => void;
  /** The guard has been held off. */
  readonly onHeldOff: () => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

/** How often the guard is held off, as a part of the lease's TTL; at least once a second. */
const TIMES_A_TTL = 10;

/** How long the store may take to say what the lease has left, as a part of the TTL: the last answer holds for two more. */
const ANSWERS_A_TTL = 3;

/** The guard looks once a second: what it is about to stop, it has begun to by then. */
const NOTICED_MS = 2_000;

/**
 * Holds the guard off for as long as the store says that this machine's lease is sure to last. The time is counted
 * from before the store was asked, by a clock that does not stand still when this process or the host does, so an
 * answer that is read late grants nothing that has passed.
 */
export class GuardKeeper {
  readonly #options: GuardKeeperOptions;

  constructor(options: GuardKeeperOptions) {
    this.#options = options;
  }

  /** Resolves when `signal` aborts; the guard is left as it is then, to stop the units in time. */
  async run(lease: Lease, signal: AbortSignal): Promise<void> {
    const { clock, isNeeded } = this.#options;
    const pause = Math.min(1_000, lease.ttlMs / TIMES_A_TTL);
    while (!signal.aborted) {
      if (isNeeded()) {
        const trying = { ...this.#options, what: "holding off the guard" };
        await persist(trying, signal, (either) => this.#holdOff(lease, either)).catch((error: unknown) => {
          if (!signal.aborted) throw error;
        });
      }
      await clock.sleep(pause, signal).catch(() => {});
    }
  }

  async #holdOff(lease: Lease, signal: AbortSignal): Promise<void> {
    const { guard, leaseTime, onHeldOff } = this.#options;
    const asked = guard.now();
    // A late answer is worth what it says, so it may take longer than other requests of the daemon's.
    const time = await leaseTime(lease.id, signal, lease.ttlMs / ANSWERS_A_TTL);
    // At this moment, not when it was asked: the guard may have acted since.
    const now = guard.now();
    if (!time || !this.#hasSettled(now)) return;
    // Also of a stop that the guard had begun when it was held off again.
    this.#takeBack(guard.stopped ?? (now < guard.deadline ? [] : guard.units));
    guard.holdOff(asked + time.surelyLeftMs);
    onHeldOff();
  }

  /** After the time was up once, what the guard does is waited for: a unit that it stops late would stay stopped. */
  #hasSettled(now: number): boolean {
    const { guard, isUp } = this.#options;
    if (now < guard.deadline || guard.units.size === 0) return true;
    return now >= guard.deadline + NOTICED_MS && ![...guard.units].some(isUp);
  }

  /** What the guard has stopped is started again. */
  #takeBack(stopped: Iterable<string>): void {
    const { guard, isUp, onStopped } = this.#options;
    for (const unit of stopped) {
      if (isUp(unit)) continue;
      // mutation: start after the guard's stop
      onStopped(unit);
      guard.forgetStop(unit);
    }
  }
}
