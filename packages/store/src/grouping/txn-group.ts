import { type Compare, keyOfOp, MAX_TXN_OPS, type Op, type Txn } from "../port/index.ts";

/** Characters of all values of a group, each three bytes at most: etcd's limit is 1.5 MiB (--max-request-bytes). */
const MOST_TEXT = 256 * 1024;

/**
 * Transactions of which none compares or writes what another one writes: done at one moment, they do what they do one
 * after the other, in whatever order.
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

  /** All of them in one: it succeeds when each of them would. */
  get joint(): Txn {
    // mutation: joint transaction compares
    return { compare: this.#compare, onSuccess: this.#onSuccess };
  }

  /** False, with nothing changed, when `txn` does not go with the others. */
  add(txn: Txn): boolean {
    const { compare = [], onSuccess } = txn;
    // Units that share a file are each written with it: once is enough.
    const writes = onSuccess.filter((op) => !this.#holds(op));
    const fits =
      this.#compare.length + compare.length <= MAX_TXN_OPS &&
      this.#onSuccess.length + writes.length <= MAX_TXN_OPS &&
      this.#text + textOf(writes) <= MOST_TEXT;
    const touches =
      compare.some(({ key }) => this.#written.has(key)) ||
      onSuccess.some((op) => this.#compared.has(keyOfOp(op))) ||
      writes.some((op) => this.#written.has(keyOfOp(op)));
    if (!fits || touches || hasPrefixes(txn) || hasPrefixes(this.joint)) return false;
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

/** What lies under a prefix is not known here: such a transaction goes with no other. */
function hasPrefixes({ onSuccess }: Txn): boolean {
  return onSuccess.some((op) => "deletePrefix" in op);
}

function textOf(ops: readonly Op[]): number {
  return ops.reduce((sum, op) => sum + ("put" in op ? op.value.length : 0), 0);
}
