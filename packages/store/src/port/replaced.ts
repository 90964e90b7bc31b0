import type { Revision } from "./key-value.ts";
import { StoreReplacedError } from "./store-error.ts";
import type { WatchRequest, Witness } from "./watch.ts";

/** Returns the least revision that the store of a watch must have as its next one. */
export function leastNext({ from, reached }: Pick<WatchRequest, "from" | "reached">): Revision {
  return Math.max(from, (reached?.() ?? 0) + 1);
}

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
