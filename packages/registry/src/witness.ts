import { readWitness, type Store, type Witness } from "@flotilla/store";
import { keys } from "./keys.ts";

/** Returns the witness of this cluster's store: the cluster identity, which is created once in a store's life. */
export async function clusterWitness(store: Store, signal?: AbortSignal): Promise<{ readonly witness?: Witness }> {
  const witness = await readWitness(store, keys.identity, signal);
  return witness ? { witness } : {};
}
