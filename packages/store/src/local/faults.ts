import type { LeaseId, RangeRequest, Txn, WatchRequest } from "../port/index.ts";

/** A call on its way to the store, as a fault hook sees it. */
export type Call =
  | { readonly type: "revision" }
  | { readonly type: "range"; readonly request: RangeRequest }
  | { readonly type: "txn"; readonly txn: Txn }
  /** One delivery: a watch asks before and after each of its batches. */
  | { readonly type: "watch"; readonly request: WatchRequest }
  | { readonly type: "grant"; readonly ttlMs: number }
  | { readonly type: "renew" | "revoke" | "lease-time"; readonly lease: LeaseId };

/**
 * What goes wrong between one client and the store. A hook that throws is a lost connection, one that
 * waits is a slow one, one that waits for ever is a partition; the call ends at its time limit.
 */
export interface Faults {
  /** Before the store has done anything. */
  before?(call: Call, signal: AbortSignal): Promise<void>;
  /** Right before the store does it: whatever has changed by then was somebody else's doing. */
  doing?(call: Call): void;
  /** Right after the store has done it, in the same turn: whatever has just changed was this call's doing. */
  done?(call: Call): void;
  /** After the store has done it and before the client learns of it. */
  after?(call: Call, signal: AbortSignal): Promise<void>;
}
