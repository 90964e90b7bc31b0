import type { LeaseId, Revision } from "./key-value.ts";
import type { Lease, LeaseTime } from "./lease.ts";
import type { RangePage, RangeRequest } from "./range.ts";
import type { Txn, TxnResult } from "./txn.ts";
import type { WatchBatch, WatchRequest } from "./watch.ts";

/**
 * The key-value port: what Flotilla needs of a store, and no more.
 *
 * The semantics are those of etcd v3 (https://etcd.io/docs/v3.4/learning/api/): one revision for the whole store that
 * grows with each write, a create and a modification revision per key, multi-key transactions, ordered watches from a
 * revision, leases. Every implementation limits the time of every call: a call fails rather than pends forever.
 */
export interface Store {
  /** The store's current revision, by a linearizable read: no acknowledged write has a higher one. */
  revision(signal?: AbortSignal): Promise<Revision>;

  /** Returns one page of keys in ascending order, all as of one revision. */
  range(request: RangeRequest, signal?: AbortSignal): Promise<RangePage>;

  /**
   * Applies all of `onSuccess` at one revision if every compare holds, else nothing. The writes are durable when the
   * promise resolves.
   *
   * After StoreTimeoutError or StoreUnavailableError the transaction may or may not have taken effect.
   */
  txn(txn: Txn, signal?: AbortSignal): Promise<TxnResult>;

  /**
   * Delivers every change under `prefix` with a revision of at least `from`, in order and exactly once, across lost
   * connections and restarts of the store. Ends only by throwing:
   * @throws the signal's reason.
   * @throws CompactedError when the store no longer holds `from`, or the revision at which a connection was lost.
   * @throws StoreReplacedError when `from` is beyond the store's next revision, the store has not reached `reached`, or
   * the witness has changed: this is not the store that the caller has read.
   */
  watch(request: WatchRequest, signal: AbortSignal): AsyncIterable<WatchBatch>;

  /**
   * Grants a lease, which is renewed until it is released, revoked or lost.
   * @param ttlMs milliseconds. A store may round up (etcd: to whole seconds).
   */
  grant(ttlMs: number, signal?: AbortSignal): Promise<Lease>;

  /**
   * Takes over a lease that an earlier process of this machine held and released, and renews it at once.
   * Resolves to undefined when the store no longer knows the lease.
   */
  resume(id: LeaseId, ttlMs: number, signal?: AbortSignal): Promise<Lease | undefined>;

  /**
   * The remaining time of any client's lease. Resolves to undefined when the store does not know the lease.
   * @param limitMs time limit of this call, milliseconds, if it is more than the limit of all requests.
   */
  leaseTime(id: LeaseId, signal?: AbortSignal, limitMs?: number): Promise<LeaseTime | undefined>;

  /** Closes connections and files. Pending calls end with an error. Leases are left to expire. */
  close(): Promise<void>;
}
