import { type Compare, keyOfOp, MAX_TXN_OPS, type Op, type Txn } from "../port/index.ts";

/** Characters in all values of a group, at most three bytes each: etcd accepts 1.5 MiB (--max-request-bytes). */
const MOST_TEXT = 256 * 1024;

/**
 * Transactions that do not compare or write each other's keys. Applied together, they have the same effect as one by
 * one in any order.
 */
export class TxnGroup {
  readonly #compare: Compare[] = [];
  readonly #onSuccess: Op[] = [];
  readonly #compared = new Set<string>();
  readonly #written = new Map<string, Op>();
  #text = 0;

  constructor(first: Txn) {
    this.#include(first, first.onSuccess);
  }

  /** A transaction that succeeds if each transaction of the group would. */
  get joint(): Txn {
    // mutation: joint transaction compares
    return { compare: this.#compare, onSuccess: this.#onSuccess };
  }

  /** Adds `txn` if it is compatible with the others. Returns whether it did. */
  add(txn: Txn): boolean {
    const { compare = [], onSuccess } = txn;
    // Units that share a unit file each write the same file.
    const writes = onSuccess.filter((op) => !this.#holds(op));
    const fits =
      this.#compare.length + compare.length <= MAX_TXN_OPS &&
      this.#onSuccess.length + writes.length <= MAX_TXN_OPS &&
      this.#text + textOf(writes) <= MOST_TEXT;
    const overlaps =
      compare.some(({ key }) => this.#written.has(key)) ||
      onSuccess.some((op) => this.#compared.has(keyOfOp(op))) ||
      writes.some((op) => this.#written.has(keyOfOp(op)));
    if (!fits || overlaps || hasPrefixes(txn) || hasPrefixes(this.joint)) return false;
    this.#include(txn, writes);
    return true;
  }

  #include({ compare = [] }: Txn, writes: readonly Op[]): void {
    this.#compare.push(...compare);
    for (const { key } of compare) this.#compared.add(key);
    this.#onSuccess.push(...writes);
    for (const op of writes) this.#written.set(keyOfOp(op), op);
    this.#text += textOf(writes);
  }

  #holds(op: Op): boolean {
    const held = this.#written.get(keyOfOp(op));
    return held !== undefined && "put" in held && "put" in op && held.value === op.value && held.lease === op.lease;
  }
}

/** The keys under a prefix are unknown here, so such a transaction is compatible with no other. */
function hasPrefixes({ onSuccess }: Txn): boolean {
  return onSuccess.some((op) => "deletePrefix" in op);
}

function textOf(ops: readonly Op[]): number {
  return ops.reduce((sum, op) => sum + ("put" in op ? op.value.length : 0), 0);
}
