import type { Store, Witness } from "@flotilla/store";
import { keys } from "./keys.ts";

/** What tells this cluster's store from any other: the cluster identity, which is made once in a store's life. */
export async function readWitness(store: Store, signal?: AbortSignal): Promise<{ readonly witness?: Witness }> {
  const [entry] = (await store.range({ prefix: keys.identity, exact: true }, signal)).entries;
  return entry ? { witness: { key: keys.identity, value: entry.value } } : {};
}
