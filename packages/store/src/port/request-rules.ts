import type { Op, RangeRequest, Txn } from "./index.ts";
import { MAX_TXN_OPS } from "./index.ts";
import { StoreRefusedError } from "./store-error.ts";

/**
 * Refuses transactions that etcd would refuse (`checkTxnRequest` in its source), so that all stores refuse the same
 * ones. Also refuses text that UTF-8 cannot encode.
 * @throws StoreRefusedError
 */
export function checkTxn({ compare = [], onSuccess }: Txn): void {
  if (compare.length > MAX_TXN_OPS || onSuccess.length > MAX_TXN_OPS) {
    throw new StoreRefusedError(
      `a transaction of ${compare.length} compares and ${onSuccess.length} operations exceeds the limit of ` +
        `${MAX_TXN_OPS} each; split the transaction`,
    );
  }
  for (const { key } of compare) checkKey(key);
  const written = new Set<string>();
  for (const op of onSuccess) {
    const key = "put" in op ? op.put : "delete" in op ? op.delete : undefined;
    if (key !== undefined) checkWrite(key, op, written);
  }
  for (const op of onSuccess) if ("deletePrefix" in op) checkDeletePrefix(op.deletePrefix, written);
}

/** @throws StoreRefusedError for a limit that is not a positive integer, or a prefix that UTF-8 cannot encode. */
export function checkRange({ prefix, limit = 1, exact = false }: RangeRequest): void {
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw new StoreRefusedError(`the limit of a page is ${limit} keys, but must be a positive integer`);
  }
  checkSelection({ prefix, exact });
}

/** @throws StoreRefusedError for an empty key, or a key or prefix that UTF-8 cannot encode. */
export function checkSelection({ prefix, exact = false }: Pick<RangeRequest, "prefix" | "exact">): void {
  if (exact) checkKey(prefix);
  else checkText(prefix);
}

function checkWrite(key: string, op: Op, written: Set<string>): void {
  checkKey(key);
  if ("put" in op) checkText(op.value);
  if (written.has(key)) throw twice(key);
  written.add(key);
}

function checkDeletePrefix(prefix: string, written: ReadonlySet<string>): void {
  checkText(prefix);
  for (const key of written) if (key.startsWith(prefix)) throw twice(key);
}

function checkKey(key: string): void {
  if (key === "") throw new StoreRefusedError("a key must not be empty");
  checkText(key);
}

function checkText(text: string): void {
  if (text.isWellFormed()) return;
  throw new StoreRefusedError("a key or value contains a lone surrogate, which UTF-8 cannot encode");
}

function twice(key: string): StoreRefusedError {
  return new StoreRefusedError(`the transaction writes the key ${JSON.stringify(key)} more than once; write it once`);
}
