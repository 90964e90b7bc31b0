import type { Revision, Witness } from "./index.ts";
import { StoreReplacedError, StoreUnavailableError } from "./store-error.ts";

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

/** For one who waits to see a write that the store has taken, and then lost. */
export function writtenInVain(revision: Revision): StoreUnavailableError {
  return new StoreUnavailableError(
    `The store has lost its data or was exchanged, and what was written to it at revision ${revision} is not there.`,
  );
}
