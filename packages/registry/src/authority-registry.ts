import type { Op, Store } from "@flotilla/store";
import { digestText } from "@flotilla/unit";
import { keys } from "./keys.ts";
import { type AuthorityRecord, authorityRecord, decode } from "./records.ts";
import { AuthorityUnusableError } from "./registry-error.ts";

/** The authority with the modification revision of its key. */
export interface StoredAuthority {
  readonly record: AuthorityRecord;
  readonly revision: number;
}

/** How the trust in the previous authority ends. */
export interface Drop {
  readonly revision: number;
  /** Milliseconds since the epoch. */
  readonly droppedAt: number;
  /** Whether the previous authority still vouches for the present one, so that tokens that pin it stay usable. */
  readonly vouches: boolean;
}

/**
 * The cluster's certificate authority and the identity that is derived from it. The first server creates both, and all
 * servers use them. Agents read only the identity: the authority has the key that signs certificates.
 */
export class AuthorityRegistry {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * The authority in the store; `create` makes one if there is none, and the first write wins. Writes the identity if
   * it is missing, as in a store of an earlier version. The identity stays when the authority was deleted and is created again: the store is
   * still the same.
   * @throws AuthorityUnusableError when the key's value is not such a record.
   */
  async obtain(create: () => Promise<AuthorityRecord>, signal?: AbortSignal): Promise<AuthorityRecord> {
    const known = await this.#read(signal);
    if (known) {
      await this.#writeIdentity(known.value, signal);
      return known.record;
    }
    const value = JSON.stringify(await create());
    const authority = { key: keys.authority, createRevision: 0 };
    const put = { put: keys.authority, value };
    const txn = (await this.#hasIdentity(signal))
      ? { compare: [authority], onSuccess: [put] }
      : { compare: [authority, { key: keys.identity, createRevision: 0 }], onSuccess: [put, identityOf(value)] };
    await this.#store.txn(txn, signal);
    const written = await this.#read(signal);
    if (!written) throw new AuthorityUnusableError("it was deleted right after its creation");
    return written.record;
  }

  /** Returns the authority's certificate in PEM; undefined while there is none. */
  async certificate(signal?: AbortSignal): Promise<string | undefined> {
    return (await this.#read(signal))?.record.certificate;
  }

  /**
   * Returns the authority; undefined while there is none.
   * @throws AuthorityUnusableError when the key's value is not such a record.
   */
  async read(signal?: AbortSignal): Promise<StoredAuthority | undefined> {
    const known = await this.#read(signal);
    return known && { record: known.record, revision: known.revision };
  }

  /**
   * Replaces the authority, if it is still the one with `revision`. The machines have shown nothing of the new one yet.
   * @returns the revision of the write; undefined if the authority was changed meanwhile.
   */
  replace(record: AuthorityRecord, revision: number, signal?: AbortSignal): Promise<number | undefined> {
    return this.#rewrite(record, revision, signal);
  }

  /** As `replace`, for the end of a rotation: the previous authority is not trusted any more. */
  async drop(
    { previous, ...record }: AuthorityRecord,
    { revision, droppedAt, vouches }: Drop,
    signal?: AbortSignal,
  ): Promise<number | undefined> {
    if (!previous) return undefined;
    const { cross, ...dropped } = { ...previous, droppedAt };
    return this.#rewrite({ ...record, previous: vouches ? { ...dropped, cross } : dropped }, revision, signal);
  }

  async #rewrite(record: AuthorityRecord, modRevision: number, signal?: AbortSignal): Promise<number | undefined> {
    const compare = [{ key: keys.authority, modRevision }];
    const put = { put: keys.authority, value: JSON.stringify(record) };
    const txn = { compare, onSuccess: [put, { deletePrefix: keys.rotations }] };
    const { succeeded, revision } = await this.#store.txn(txn, signal);
    return succeeded ? revision : undefined;
  }

  async #writeIdentity(authority: string, signal?: AbortSignal): Promise<void> {
    if (await this.#hasIdentity(signal)) return;
    await this.#store.txn(
      { compare: [{ key: keys.identity, createRevision: 0 }], onSuccess: [identityOf(authority)] },
      signal,
    );
  }

  async #hasIdentity(signal?: AbortSignal): Promise<boolean> {
    return (await this.#store.range({ prefix: keys.identity, exact: true }, signal)).entries.length > 0;
  }

  async #read(signal?: AbortSignal): Promise<(StoredAuthority & { readonly value: string }) | undefined> {
    const [entry] = (await this.#store.range({ prefix: keys.authority, exact: true }, signal)).entries;
    if (!entry) return undefined;
    const record = decode(authorityRecord, entry.value);
    if (record) return { value: entry.value, record, revision: entry.modRevision };
    throw new AuthorityUnusableError("its value is not JSON with a certificate and a privateKey");
  }
}

/**
 * The identity is derived, so that all servers write the same one, and so that the units of a cluster of an earlier
 * version keep their origin: that version used this digest.
 */
function identityOf(authority: string): Op {
  return { put: keys.identity, value: JSON.stringify({ origin: digestText(authority) }) };
}
