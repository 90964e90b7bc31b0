import type { Revision, Witness } from "./port.ts";
import { StoreReplacedError } from "./store-error.ts";

export function beyond(from: Revision, revision: Revision): StoreReplacedError {
  return new StoreReplacedError(
    `The store is at revision ${revision}, and changes from ${from} on were asked for: it was emptied, or an older ` +
      "copy was put in its place. Read everything anew.",
  );
}

export function withoutWitness({ key }: Witness): StoreReplacedError {
  return new StoreReplacedError(
    `The store's ${JSON.stringify(key)} is not what it was: another store is in its place. Read everything anew.`,
  );
}
