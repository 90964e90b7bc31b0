export type { KeyValue, LeaseId, Revision } from "./key-value.ts";
export type { Lease, LeaseTime } from "./lease.ts";
export type { GrantedLease, LeaseCalls, LeaseReading } from "./lease-calls.ts";
export type { RangePage, RangeRequest } from "./range.ts";
export type { Store } from "./store.ts";
export { type Compare, keyOfOp, MAX_TXN_OPS, type Op, type Txn, type TxnResult } from "./txn.ts";
export {
  keyOf,
  revisionOf,
  selects,
  type WatchBatch,
  type WatchEvent,
  type WatchRequest,
  type Witness,
} from "./watch.ts";
