import { MAX_TXN_OPS, type Op } from "@flotilla/store";

/** The most characters of keys and values in one transaction. etcd refuses requests of more than 1.5 MiB. */
const MOST_CHARACTERS = 256 * 1024;

type Put = Extract<Op, { put: string }>;

/** Splits writes into transactions that every store accepts. A single larger write gets a transaction of its own. */
export function putBatches(ops: readonly Put[]): readonly (readonly Put[])[] {
  const batches: Put[][] = [];
  let size = 0;
  for (const op of ops) {
    const length = op.put.length + op.value.length;
    const last = batches.at(-1);
    if (last && last.length < MAX_TXN_OPS && size + length <= MOST_CHARACTERS) {
      last.push(op);
      size += length;
    } else {
      batches.push([op]);
      size = length;
    }
  }
  return batches;
}
