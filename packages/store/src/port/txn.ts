import type { LeaseId, Revision } from "./key-value.ts";

/** A condition on one key. Both revisions of a key that does not exist are 0. */
export type Compare =
  | { readonly key: string; readonly createRevision: Revision }
  | { readonly key: string; readonly modRevision: Revision };

export type Op =
  | { readonly put: string; readonly value: string; readonly lease?: LeaseId }
  | { readonly delete: string }
  | { readonly deletePrefix: string };

export interface Txn {
  /** At most MAX_TXN_OPS. */
  readonly compare?: readonly Compare[];
  /** At most MAX_TXN_OPS, and no key twice: etcd refuses both. */
  readonly onSuccess: readonly Op[];
}

export interface TxnResult {
  readonly succeeded: boolean;
  /** The store's revision right after the transaction. If the transaction wrote, the revision of its writes. */
  readonly revision: Revision;
}

/** etcd's default --max-txn-ops, which counts compares and operations separately. */
export const MAX_TXN_OPS = 128;

/** The key, or the prefix, that an operation writes. */
export function keyOfOp(op: Op): string {
  if ("put" in op) return op.put;
  return "delete" in op ? op.delete : op.deletePrefix;
}
