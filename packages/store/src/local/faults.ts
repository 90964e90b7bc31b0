import type { LeaseId, RangeRequest, Txn, WatchRequest } from "../port/index.ts";

/** A call to the store, as a fault hook sees it. */
export type Call =
  | { readonly type: "revision" }
  | { readonly type: "range"; readonly request: RangeRequest }
  | { readonly type: "txn"; readonly txn: Txn }
  /** One delivery: a watch calls the hooks before and after each batch. */
  | { readonly type: "watch"; readonly request: WatchRequest }
  | { readonly type: "grant"; readonly ttlMs: number }
  | { readonly type: "renew" | "revoke" | "lease-time"; readonly lease: LeaseId };

/**
 * Faults between one client and the store. A hook that throws simulates a lost connection, and a hook that waits
 * simulates a slow one. A hook that waits forever simulates a partition; the call ends at its time limit.
 */
export interface Faults {
  /** Runs before the store processes the call. */
  before?(call: Call, signal: AbortSignal): Promise<void>;
  /** Runs right before the store applies the call. Earlier changes are not from this call. */
  doing?(call: Call): void;
  /** Runs right after, in the same turn of the event loop. Changes since `doing` are from this call. */
  done?(call: Call): void;
  /** Runs after the store has applied the call and before the client gets the result. */
  after?(call: Call, signal: AbortSignal): Promise<void>;
}
