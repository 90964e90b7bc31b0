import type { Revision } from "./key-value.ts";
import { StoreReplacedError } from "./store-error.ts";
import type { Witness } from "./watch.ts";

export function revisionBeyondStore(from: Revision, revision: Revision): StoreReplacedError {
  return new StoreReplacedError(
    `the store is at revision ${revision}, but changes from revision ${from} on were requested: the store was emptied, ` +
      "or replaced by an older copy; list the store again",
  );
}

export function witnessChanged({ key }: Witness): StoreReplacedError {
  return new StoreReplacedError(
    `the value of the store's key ${JSON.stringify(key)} has changed, so another store has replaced this one; list the store again`,
  );
}
