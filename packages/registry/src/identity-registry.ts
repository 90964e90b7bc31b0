import type { Store } from "@flotilla/store";
import { keys } from "./keys.ts";
import { decode, type IdentityRecord, identityRecord } from "./records.ts";

/** The cluster's certificate authority: made by the first daemon, the same for all. */
export class IdentityRegistry {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The identity in the store; `create` makes one if there is none, and whoever writes first wins. */
  async obtain(create: () => Promise<IdentityRecord>, signal?: AbortSignal): Promise<IdentityRecord> {
    const known = await this.#read(signal);
    if (known) return known;
    const value = JSON.stringify(await create());
    await this.#store.txn(
      { compare: [{ key: keys.identity, createRevision: 0 }], onSuccess: [{ put: keys.identity, value }] },
      signal,
    );
    const written = await this.#read(signal);
    if (!written) throw new Error("the cluster identity cannot be read back from the store");
    return written;
  }

  async #read(signal?: AbortSignal): Promise<IdentityRecord | undefined> {
    const [entry] = (await this.#store.range({ prefix: keys.identity, exact: true }, signal)).entries;
    return entry && decode(identityRecord, entry.value);
  }
}
