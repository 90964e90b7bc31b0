import type { LeaseId } from "./key-value.ts";

/**
 * A claim that lasts while its holder renews it. When it ends, the store deletes the keys that were put under it.
 *
 * The holder learns of the end before any other client can: `lost` aborts by the holder's own monotonic clock, a margin
 * before the store could expire the lease. The deadline counts from when the last successful renewal was sent.
 */
export interface Lease {
  readonly id: LeaseId;
  readonly ttlMs: number;
  /**
   * Aborts with LeaseLostError once the holder must no longer act on the lease. Never aborts after release or revoke.
   */
  readonly lost: AbortSignal;
  /** Stops renewing and leaves the lease to expire, so that a successor can resume it. */
  release(): void;
  /** Ends the lease at once and deletes its keys. */
  revoke(signal?: AbortSignal): Promise<void>;
}

/** In milliseconds, by the store's clock. */
export interface LeaseTime {
  readonly ttlMs: number;
  /** The longest time until the lease expires without a renewal. etcd counts in whole seconds. */
  readonly leftMs: number;
  /** The shortest such time. */
  readonly surelyLeftMs: number;
}
