import type { KeyValue, Revision, Store, Witness } from "../port/index.ts";
import { readWitness } from "./witness.ts";

/** Every key under a prefix as of one revision, and the witness of the store that said so. */
export interface Listing {
  readonly entries: ReadonlyMap<string, KeyValue>;
  readonly revision: Revision;
  readonly witness: Witness | undefined;
}

/**
 * Lists page by page, all as of the first page's revision.
 * @throws CompactedError when that is compacted meanwhile; the store's errors; the signal's reason.
 */
export async function listAll(
  { store, prefix, witness: key }: { readonly store: Store; readonly prefix: string; readonly witness?: string },
  signal: AbortSignal,
): Promise<Listing> {
  const entries = new Map<string, KeyValue>();
  // Before the listing, so that a store that is exchanged in between is not vouched for by the other's witness.
  const witness = key === undefined ? undefined : await readWitness(store, key, signal);
  let page = await store.range({ prefix }, signal);
  const { revision } = page;
  for (; ; page = await store.range({ prefix, revision, after: page.entries.at(-1)?.key ?? "" }, signal)) {
    for (const entry of page.entries) entries.set(entry.key, entry);
    if (!page.more) break;
  }
  return { entries, revision, witness };
}
