import type { Store, WatchRequest } from "../port/index.ts";
import { leastNext, revisionBeyondStore, witnessChanged } from "../port/replaced.ts";

/**
 * Checks that the store is the one that the caller of a watch has read.
 * @throws StoreReplacedError; the store's errors; the signal's reason.
 */
export async function requireSameStore(store: Store, request: WatchRequest, signal: AbortSignal): Promise<void> {
  const { witness } = request;
  const least = leastNext(request);
  const page = witness && (await store.range({ prefix: witness.key, exact: true }, signal));
  const revision = page ? page.revision : await store.revision(signal);
  if (least > revision + 1) throw revisionBeyondStore(least, revision);
  if (witness && page?.entries[0]?.value !== witness.value) throw witnessChanged(witness);
}
