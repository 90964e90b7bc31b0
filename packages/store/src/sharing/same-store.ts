import type { Revision, Store, WatchRequest } from "../port/index.ts";
import { leastNext, revisionBeyondStore, witnessChanged } from "../port/replaced.ts";

/** What tells a store from another one. */
export interface StoreSign {
  readonly revision: Revision;
  /** The value of the witness; undefined if its key does not exist. */
  readonly witness: string | undefined;
}

/** Reads the sign of a store. @throws the store's errors. */
export async function readSign(store: Store, witness: string): Promise<StoreSign> {
  const { entries, revision } = await store.range({ prefix: witness, exact: true });
  return { revision, witness: entries[0]?.value };
}

/** Checks that the store is the one that the caller of a watch has read. @throws StoreReplacedError */
export function requireSameStore(request: WatchRequest, { revision, witness }: StoreSign): void {
  const least = leastNext(request);
  if (least > revision + 1) throw revisionBeyondStore(least, revision);
  if (request.witness && witness !== request.witness.value) throw witnessChanged(request.witness);
}
