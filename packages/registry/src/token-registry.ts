import { randomBytes, randomInt } from "node:crypto";
import type { TokenText } from "@flotilla/access";
import type { KeyValue, Store } from "@flotilla/store";
import { keys, parseKey } from "./keys.ts";
import { decode, type TokenRecord, tokenRecord, tokenUseRecord } from "./records.ts";
import { ConflictError, TokenRefusedError } from "./registry-error.ts";

/** The most tokens of a cluster: each server holds all of them. */
export const MOST_TOKENS = 1_000;

/** How long a token's next use is not noted, milliseconds: a write for each request would cost more than the request. */
const USE_INTERVAL_MS = 3_600_000;

const ID_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789";

/** Returns a random ID and a random secret for a token. The secret is shown once and stored nowhere. */
export function newTokenSecret(): Omit<TokenText, "pin"> {
  const id = Array.from({ length: 10 }, () => ID_CHARACTERS[randomInt(ID_CHARACTERS.length)]).join("");
  return { id, secret: randomBytes(32).toString("base64url") };
}

/** A token as it was read. */
export interface StoredToken<Record extends TokenRecord> {
  readonly id: string;
  readonly record: Record;
  readonly modRevision: number;
}

export interface ListedToken {
  readonly id: string;
  readonly record: TokenRecord;
  /** Milliseconds since the Unix epoch; undefined if no use was noted. */
  readonly lastUsedAt: number | undefined;
}

/** The tokens of the cluster, without their secrets. Servers write them on request. */
export class TokenRegistry {
  readonly #store: Pick<Store, "range" | "txn">;

  constructor(store: Pick<Store, "range" | "txn">) {
    this.#store = store;
  }

  /**
   * @returns the revision of the write.
   * @throws ConflictError if the ID is taken; TokenRefusedError if another token has the name, or if there are
   * MOST_TOKENS.
   */
  async create(id: string, record: TokenRecord, signal?: AbortSignal): Promise<number> {
    const key = keys.token(id);
    const { entries } = await this.#store.range({ prefix: keys.tokens }, signal);
    const { name } = record;
    if (entries.some((entry) => entry.key !== key && decode(tokenRecord, entry.value)?.name === name))
      throw new TokenRefusedError(`a token with the name ${name} exists; revoke it, or choose another name`);
    if (entries.length >= MOST_TOKENS)
      throw new TokenRefusedError(`the cluster has ${entries.length} tokens, the maximum; revoke some`);
    const { succeeded, revision } = await this.#store.txn(
      { compare: [{ key, modRevision: 0 }], onSuccess: [{ put: key, value: JSON.stringify(record) }] },
      signal,
    );
    if (!succeeded) throw new ConflictError(`cannot create the token ${id}: a token with this ID exists; try again`);
    return revision;
  }

  /** Returns a token; undefined if it does not exist or cannot be read. */
  async read(id: string, signal?: AbortSignal): Promise<StoredToken<TokenRecord> | undefined> {
    const [entry] = (await this.#store.range({ prefix: keys.token(id), exact: true }, signal)).entries;
    const record = entry && decode(tokenRecord, entry.value);
    return record && { id, record, modRevision: entry.modRevision };
  }

  /** Returns all tokens that can be read, sorted by name, with the revision. */
  async list(signal?: AbortSignal): Promise<{ readonly tokens: readonly ListedToken[]; readonly revision: number }> {
    const { entries, revision } = await this.#store.range({ prefix: keys.tokens }, signal);
    const uses = (await this.#store.range({ prefix: keys.tokenUses }, signal)).entries;
    const lastUses = new Map(uses.map(({ key, value }) => [key, decode(tokenUseRecord, value)?.lastUsedAt]));
    const tokens = entries.flatMap((entry) => {
      const id = idOf(entry);
      const record = decode(tokenRecord, entry.value);
      return id !== undefined && record ? [{ id, record, lastUsedAt: lastUses.get(keys.tokenUse(id)) }] : [];
    });
    return { tokens: tokens.toSorted((a, b) => (a.record.name < b.record.name ? -1 : 1)), revision };
  }

  /**
   * Revokes the token with this ID or name.
   * @returns the IDs of the revoked tokens; none if there is no such token.
   */
  async revoke(
    idOrName: string,
    signal?: AbortSignal,
  ): Promise<{ readonly ids: readonly string[]; readonly revision: number }> {
    const { entries, revision } = await this.#store.range({ prefix: keys.tokens }, signal);
    const ids = entries.flatMap((entry) => {
      const id = idOf(entry);
      const isMeant = id === idOrName || decode(tokenRecord, entry.value)?.name === idOrName;
      return id !== undefined && isMeant ? [id] : [];
    });
    if (ids.length === 0) return { ids, revision };
    const onSuccess = ids.flatMap((id) => [{ delete: keys.token(id) }, { delete: keys.tokenUse(id) }]);
    return { ids, revision: (await this.#store.txn({ onSuccess }, signal)).revision };
  }

  /**
   * Deletes the tokens that expired before a time. They have granted nothing since they expired.
   * @param before milliseconds since the Unix epoch.
   * @returns the names of the deleted tokens.
   */
  async deleteExpired(before: number, signal?: AbortSignal): Promise<readonly string[]> {
    const { entries } = await this.#store.range({ prefix: keys.tokens }, signal);
    const names: string[] = [];
    for (const entry of entries) {
      const [id, record] = [idOf(entry), decode(tokenRecord, entry.value)];
      if (id === undefined || record?.expiresAt === undefined || record.expiresAt > before) continue;
      const compare = [{ key: entry.key, modRevision: entry.modRevision }];
      const onSuccess = [{ delete: keys.token(id) }, { delete: keys.tokenUse(id) }];
      if ((await this.#store.txn({ compare, onSuccess }, signal)).succeeded) names.push(record.name);
    }
    return names;
  }

  /**
   * Notes that a token was used, unless a use within the last hour is noted. A revoked token gets no note.
   * @param now milliseconds since the Unix epoch.
   */
  async noteUse(id: string, machineID: string, now: number, signal?: AbortSignal): Promise<void> {
    const [use] = (await this.#store.range({ prefix: keys.tokenUse(id), exact: true }, signal)).entries;
    const last = use && decode(tokenUseRecord, use.value)?.lastUsedAt;
    if (last !== undefined && last <= now && now - last < USE_INTERVAL_MS) return;
    const [token] = (await this.#store.range({ prefix: keys.token(id), exact: true }, signal)).entries;
    if (!token) return;
    const put = { put: keys.tokenUse(id), value: JSON.stringify({ lastUsedAt: now, machineID }) };
    const compare = [{ key: token.key, createRevision: token.createRevision }];
    await this.#store.txn({ compare, onSuccess: [put] }, signal);
  }
}

function idOf({ key }: KeyValue): string | undefined {
  const parsed = parseKey(key);
  return parsed?.kind === "token" ? parsed.id : undefined;
}
