import type { LeaseId } from "./key-value.ts";
import type { LeaseTime } from "./lease.ts";

export interface GrantedLease {
  readonly id: LeaseId;
  /** The TTL that the store granted, milliseconds. */
  readonly ttlMs: number;
}

export interface LeaseReading extends LeaseTime {
  /** The keys that the store deletes when the lease ends, in no particular order. */
  readonly keys: readonly string[];
}

/**
 * Single calls on leases, for a server whose clients hold the leases. Nothing here renews a lease without a call. Every
 * call may be repeated after StoreTimeoutError or StoreUnavailableError.
 */
export interface LeaseCalls {
  /**
   * Grants a lease. If a lease with the ID exists, renews it: an earlier grant, whose answer was lost, had succeeded.
   * @param id decimal, from 1 to 2^63 - 1; the store chooses one if undefined.
   * @param ttlMs milliseconds. A store may round up (etcd: to whole seconds).
   */
  grantLease(id: LeaseId | undefined, ttlMs: number, signal?: AbortSignal): Promise<GrantedLease>;

  /** Restarts the TTL and resolves to it, milliseconds; to undefined when the store does not know the lease. */
  renewLease(id: LeaseId, signal?: AbortSignal): Promise<number | undefined>;

  /** Ends the lease and deletes its keys. Does nothing when the store does not know the lease. */
  revokeLease(id: LeaseId, signal?: AbortSignal): Promise<void>;

  /** Resolves to undefined when the store does not know the lease. */
  readLease(id: LeaseId, signal?: AbortSignal): Promise<LeaseReading | undefined>;
}
