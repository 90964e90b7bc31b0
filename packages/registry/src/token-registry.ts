import type { Store } from "@flotilla/store";
import { keys } from "./keys.ts";
import { decode, type TokenRecord, tokenRecord } from "./records.ts";
import { ConflictError } from "./registry-error.ts";

/** A token as it was read. */
export interface StoredToken<Record extends TokenRecord> {
  readonly id: string;
  readonly record: Record;
  readonly modRevision: number;
}

/** The tokens of the cluster, without their secrets. Servers write them on request. */
export class TokenRegistry {
  readonly #store: Pick<Store, "range" | "txn">;

  constructor(store: Pick<Store, "range" | "txn">) {
    this.#store = store;
  }

  /** @throws ConflictError if the ID is taken. */
  async create(id: string, record: TokenRecord, signal?: AbortSignal): Promise<void> {
    const key = keys.token(id);
    const { succeeded } = await this.#store.txn(
      { compare: [{ key, modRevision: 0 }], onSuccess: [{ put: key, value: JSON.stringify(record) }] },
      signal,
    );
    if (!succeeded) throw new ConflictError(`cannot create the token ${id}: a token with this ID exists; try again`);
  }

  /** Returns a token; undefined if it does not exist or cannot be read. */
  async read(id: string, signal?: AbortSignal): Promise<StoredToken<TokenRecord> | undefined> {
    const [entry] = (await this.#store.range({ prefix: keys.token(id), exact: true }, signal)).entries;
    const record = entry && decode(tokenRecord, entry.value);
    return record && { id, record, modRevision: entry.modRevision };
  }
}
