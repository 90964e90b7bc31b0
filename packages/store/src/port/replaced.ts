import type { Revision } from "./key-value.ts";
import { StoreReplacedError } from "./store-error.ts";
import type { Witness } from "./watch.ts";

export function revisionBeyondStore(from: Revision, revision: Revision): StoreReplacedError {
  return new StoreReplacedError(
    `The store is at revision ${revision}, but changes from revision ${from} on were requested: the store was emptied, ` +
      "or replaced by an older copy. List it again.",
  );
}

export function witnessChanged({ key }: Witness): StoreReplacedError {
  return new StoreReplacedError(
    `The value of the store's key ${JSON.stringify(key)} has changed: another store has replaced it. List it again.`,
  );
}
