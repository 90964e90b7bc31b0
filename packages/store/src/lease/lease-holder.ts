import type { Clock, Logger } from "@flotilla/runtime";
import type { Lease, LeaseCalls, LeaseId } from "../port/index.ts";
import { HeldLease, type RenewalObserver } from "./held-lease.ts";

export interface LeaseHolderOptions {
  readonly calls: Pick<LeaseCalls, "grantLease" | "renewLease" | "revokeLease">;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  /** Aborts when the store client is closed: leases can no longer be renewed. */
  readonly closed: AbortSignal;
  readonly onRenewal?: RenewalObserver | undefined;
}

/** Grants and resumes leases by single calls, the same for every store. */
export class LeaseHolder {
  readonly #options: LeaseHolderOptions;

  constructor(options: LeaseHolderOptions) {
    this.#options = options;
  }

  /** Implements `Store.grant`. */
  async grant(ttlMs: number, signal?: AbortSignal): Promise<Lease> {
    const { calls, clock } = this.#options;
    const sentAt = clock.monotonic();
    // A repeated call may leave a lease without a holder, which expires.
    const granted = await calls.grantLease(undefined, ttlMs, signal);
    return this.#hold(granted.id, granted.ttlMs, sentAt);
  }

  /** Implements `Store.resume`. */
  async resume(id: LeaseId, signal?: AbortSignal): Promise<Lease | undefined> {
    const { calls, clock } = this.#options;
    const sentAt = clock.monotonic();
    const ttlMs = await calls.renewLease(id, signal);
    return ttlMs === undefined ? undefined : this.#hold(id, ttlMs, sentAt);
  }

  #hold(id: LeaseId, ttlMs: number, sentAt: number): Lease {
    const { calls, clock, random, log, closed, onRenewal } = this.#options;
    const renew = async (signal: AbortSignal): Promise<boolean> => (await calls.renewLease(id, signal)) !== undefined;
    const revoke = (signal?: AbortSignal): Promise<void> => calls.revokeLease(id, signal);
    return new HeldLease({ id, ttlMs, sentAt, clock, random, log, renew, revoke, closed, onRenewal });
  }
}
