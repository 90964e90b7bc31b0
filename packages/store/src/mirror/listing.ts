import type { KeyValue, Revision, Store, Witness } from "../port/index.ts";
import { readWitness } from "./witness.ts";

/** Every key under a prefix as of one revision, and the witness of the same store. */
export interface Listing {
  readonly entries: ReadonlyMap<string, KeyValue>;
  readonly revision: Revision;
  readonly witness: Witness | undefined;
}

/**
 * Lists the store page by page, all as of the first page's revision.
 * @throws CompactedError when the store compacts that revision meanwhile; the store's errors; the signal's reason.
 */
export async function listAll(
  store: Store,
  prefix: string,
  witnessKey: string | undefined,
  signal: AbortSignal,
): Promise<Listing> {
  const entries = new Map<string, KeyValue>();
  // Read first: if the store is replaced in between, the witness must not be the one of the replacement.
  const witness = witnessKey === undefined ? undefined : await readWitness(store, witnessKey, signal);
  let page = await store.range({ prefix }, signal);
  const { revision } = page;
  for (; ; page = await store.range({ prefix, revision, after: page.entries.at(-1)?.key ?? "" }, signal)) {
    for (const entry of page.entries) entries.set(entry.key, entry);
    if (!page.more) break;
  }
  return { entries, revision, witness };
}
