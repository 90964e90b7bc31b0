import type { Store, Witness } from "../port/index.ts";

/**
 * Reads the witness that is stored under a key; undefined if the key does not exist.
 * @throws the store's errors; the signal's reason.
 */
export async function readWitness(store: Store, key: string, signal?: AbortSignal): Promise<Witness | undefined> {
  const [entry] = (await store.range({ prefix: key, exact: true }, signal)).entries;
  return entry && { key, value: entry.value };
}
