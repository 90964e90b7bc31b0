/**
 * The key-value port: what Flotilla asks of a store, and no more.
 *
 * Semantics are etcd v3's (https://etcd.io/docs/v3.4/learning/api/): one revision for the whole
 * store that grows with each write, per-key create and modification revisions, multi-key
 * transactions, ordered watches from a revision, leases. Every call is bounded in time by the
 * implementation and ends with a StoreError rather than pend.
 */
export interface Store {
  /** The store's current revision, by a linearizable read: any write acknowledged before is at or below it. */
  revision(signal?: AbortSignal): Promise<Revision>;

  /** One page of keys in ascending order, all as of one revision. */
  range(request: RangeRequest, signal?: AbortSignal): Promise<RangePage>;

  /**
   * All of `onSuccess` at one revision if every compare holds, else nothing. Durable when it resolves.
   *
   * On StoreTimeoutError or StoreUnavailableError the write may or may not have taken effect.
   */
  txn(txn: Txn, signal?: AbortSignal): Promise<TxnResult>;

  /**
   * Every change under `prefix` with a revision of at least `from`, in order, none missed and none
   * twice, over lost connections and restarts of the store. Ends only by throwing: the signal's
   * reason; CompactedError when `from` (or where a lost connection left off) is no longer held;
   * StoreReplacedError when it lies beyond the store's next revision, or the witness is gone: then this
   * is not the store that the caller has read.
   */
  watch(request: WatchRequest, signal: AbortSignal): AsyncIterable<WatchBatch>;

  /**
   * A new lease, renewed until it is released, revoked or lost.
   * @param ttlMs milliseconds; implementations round up to their own unit (etcd: whole seconds).
   */
  grant(ttlMs: number, signal?: AbortSignal): Promise<Lease>;

  /**
   * Goes on with a lease that an earlier process of ours held and released, renewing it at once.
   * Resolves to undefined when the store knows it no more.
   */
  resume(id: LeaseId, ttlMs: number, signal?: AbortSignal): Promise<Lease | undefined>;

  /**
   * How long a lease, whoever holds it, has left; undefined when the store knows it no more.
   * @param limitMs how long the answer may take, milliseconds, where that is more than the time limit of all requests.
   */
  leaseTime(id: LeaseId, signal?: AbortSignal, limitMs?: number): Promise<LeaseTime | undefined>;

  /** Gives connections and files back. Pending calls end with an error. Leases are left to run out. */
  close(): Promise<void>;
}

/** Position in the store's history. Exact up to 2^53, which at 10,000 writes a second is 28,000 years. */
export type Revision = number;

/** Decimal text: etcd's lease IDs are 64-bit. */
export type LeaseId = string;

export interface KeyValue {
  readonly key: string;
  readonly value: string;
  /** Revision of the write that created the key, anew after each deletion. */
  readonly createRevision: Revision;
  /** Revision of the last write to the key. */
  readonly modRevision: Revision;
  readonly lease?: LeaseId;
}

export interface RangeRequest {
  /** Every key that starts with this. For one key alone use `exact`. */
  readonly prefix: string;
  /** Only the key equal to `prefix`. */
  readonly exact?: boolean;
  /** Only keys after this one: the last key of the page before. */
  readonly after?: string;
  /** Most entries in the page; implementations may return fewer, with `more` set. Default 1,000. */
  readonly limit?: number;
  /** Read as of this revision: what the first page said. CompactedError when no longer held. */
  readonly revision?: Revision;
  /** Only entries last written after this revision. `count` is not affected by it. */
  readonly changedSince?: Revision;
}

export interface RangePage {
  readonly entries: readonly KeyValue[];
  readonly more: boolean;
  /** How many keys the prefix holds in all, `after`, `limit` and `changedSince` left out of account. */
  readonly count: number;
  /** The revision that the page shows. */
  readonly revision: Revision;
}

/** A condition on one key; a key that does not exist has both revisions 0. */
export type Compare =
  | { readonly key: string; readonly createRevision: Revision }
  | { readonly key: string; readonly modRevision: Revision };

export type Op =
  | { readonly put: string; readonly value: string; readonly lease?: LeaseId }
  | { readonly delete: string }
  | { readonly deletePrefix: string };

export interface Txn {
  readonly compare?: readonly Compare[];
  /** At most MAX_TXN_OPS, no key twice (etcd refuses both). */
  readonly onSuccess: readonly Op[];
}

export interface TxnResult {
  readonly succeeded: boolean;
  /** The store's revision right after the transaction: if it succeeded and wrote, its writes'. */
  readonly revision: Revision;
}

/** etcd's default --max-txn-ops, which counts compares and operations separately. */
export const MAX_TXN_OPS = 128;

export interface WatchRequest {
  readonly prefix: string;
  /** At most one more than a revision that the store has told. */
  readonly from: Revision;
  readonly witness?: Witness;
}

/**
 * A key that is the same as long as the store is, and whose value no other store has. By it a store
 * is told from another one that has grown past it meanwhile. Looked at whenever a connection is new.
 */
export interface Witness {
  readonly key: string;
  readonly value: string;
}

export type WatchEvent =
  | { readonly type: "put"; readonly entry: KeyValue }
  | { readonly type: "delete"; readonly key: string; readonly modRevision: Revision };

/** The key that the event is about. */
export function keyOf(event: WatchEvent): string {
  return event.type === "put" ? event.entry.key : event.key;
}

export function revisionOf(event: WatchEvent): Revision {
  return event.type === "put" ? event.entry.modRevision : event.modRevision;
}

export interface WatchBatch {
  /** All events of a revision are in one batch; in ascending order of revision. May be empty (progress). */
  readonly events: readonly WatchEvent[];
  /** Every change under the prefix up to and including this revision has now been delivered. */
  readonly revision: Revision;
}

/** Milliseconds, by the store's clock. */
export interface LeaseTime {
  readonly ttlMs: number;
  /** Until it runs out if it is not renewed; at most, where the store counts in a coarser unit (etcd: whole seconds). */
  readonly leftMs: number;
  /** At least so long. */
  readonly surelyLeftMs: number;
}

/**
 * A claim that lasts while it is renewed. Keys put under it go when it ends.
 *
 * The holder learns of its end before anyone else can see it: `lost` aborts by the holder's own
 * monotonic clock, a margin before the store could let the lease run out, counted from when the last
 * renewal that succeeded was sent.
 */
export interface Lease {
  readonly id: LeaseId;
  readonly ttlMs: number;
  /** Aborts with LeaseLostError once the holder must no longer act on it. Never after release or revoke. */
  readonly lost: AbortSignal;
  /** Stops renewing and leaves the lease to run out: for a successor that resumes it. */
  release(): void;
  /** Ends the lease at once, and its keys with it. */
  revoke(signal?: AbortSignal): Promise<void>;
}
