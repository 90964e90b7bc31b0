import type { Store } from "@flotilla/store";
import { keys } from "./keys.ts";
import { decode, type IdentityRecord, identityRecord } from "./records.ts";
import { IdentityUnusableError } from "./registry-error.ts";

/** The cluster's certificate authority. The first daemon creates it, and all daemons use it. */
export class IdentityRegistry {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * The identity in the store; `create` makes one if there is none, and the first write wins.
   * @throws IdentityUnusableError when the key's value is not such a record.
   */
  async obtain(create: () => Promise<IdentityRecord>, signal?: AbortSignal): Promise<IdentityRecord> {
    const known = await this.#read(signal);
    if (known) return known;
    const value = JSON.stringify(await create());
    await this.#store.txn(
      { compare: [{ key: keys.identity, createRevision: 0 }], onSuccess: [{ put: keys.identity, value }] },
      signal,
    );
    const written = await this.#read(signal);
    if (!written) throw new IdentityUnusableError("it was deleted right after its creation");
    return written;
  }

  async #read(signal?: AbortSignal): Promise<IdentityRecord | undefined> {
    const [entry] = (await this.#store.range({ prefix: keys.identity, exact: true }, signal)).entries;
    if (!entry) return undefined;
    const record = decode(identityRecord, entry.value);
    if (record) return record;
    throw new IdentityUnusableError("its value is not JSON with a certificate and a privateKey");
  }
}
