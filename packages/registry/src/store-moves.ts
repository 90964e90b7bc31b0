import { type KeyValue, MAX_TXN_OPS, type Store } from "@flotilla/store";
import { counted } from "@flotilla/unit";
import { keys, parseKey } from "./keys.ts";
import { decode, leaderRecord, machineRecord, memberRecord, type StoreMoveRecord, storeMoveRecord } from "./records.ts";
import { StoreMoveRefusedError } from "./copy/copy-error.ts";

/** A move of the cluster, as one of its two stores shows it. */
export type StoreMove = StoreMoveRecord;

/**
 * The move of the cluster from this store or to it. A server does not serve while its store shows a move: `leaving` while
 * the store is copied, `gone` once the copy is the cluster's store, and `arriving` in a copy that is not used yet.
 */
export class StoreMoves {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The present move; undefined for a store that may be used. An unreadable value counts as a move. */
  async read(signal?: AbortSignal): Promise<StoreMove | undefined> {
    return moveIn(await this.#entry(keys.move, signal));
  }

  /** Resolves when the store shows a move. */
  async untilMoving(signal: AbortSignal): Promise<void> {
    const { entries, revision } = await this.#store.range({ prefix: keys.move, exact: true }, signal);
    if (entries.length > 0) return;
    for await (const { events } of this.#store.watch({ prefix: keys.move, exact: true, from: revision + 1 }, signal))
      if (events.some(({ type }) => type === "put")) return;
  }

  /**
   * Tells every server to stop serving, because the store will be copied.
   * @throws StoreMoveRefusedError when the cluster moves already.
   */
  async leave(machineID: string, other: string, signal?: AbortSignal): Promise<void> {
    const value = JSON.stringify({ is: "leaving", machineID, other } satisfies StoreMove);
    const { succeeded } = await this.#store.txn(
      { compare: [{ key: keys.move, createRevision: 0 }], onSuccess: [{ put: keys.move, value }] },
      signal,
    );
    if (!succeeded) throw new StoreMoveRefusedError("another server is moving the cluster's store, or has moved it");
  }

  /** Takes back `leave`: servers serve again. */
  async stay(signal?: AbortSignal): Promise<void> {
    await this.#store.txn({ onSuccess: [{ delete: keys.move }] }, signal);
  }

  /** The machine whose engine leads, by the store; undefined if none does. */
  async leader(signal?: AbortSignal): Promise<string | undefined> {
    const entry = await this.#entry(keys.leader, signal);
    return entry?.lease === undefined ? undefined : (decode(leaderRecord, entry.value)?.machineID ?? "unknown");
  }

  /**
   * The machines in the cluster, other than `machineID`, that use the store themselves, by ID and address. A machine that
   * has joined as an agent uses it through a server.
   */
  async otherServers(machineID: string, signal?: AbortSignal): Promise<readonly string[]> {
    const servers = new Map<string, string>();
    for await (const { key, value, lease } of this.#entries(keys.machine(""), signal)) {
      const parsed = parseKey(key);
      if (lease !== undefined && parsed?.kind === "machine")
        servers.set(parsed.machineID, decode(machineRecord, value)?.primaryIP ?? "");
    }
    for await (const { key, value } of this.#entries(keys.members, signal)) {
      const parsed = parseKey(key);
      if (parsed?.kind === "member" && decode(memberRecord, value)?.server === false) servers.delete(parsed.machineID);
    }
    // A server without an agent has no machine's record.
    const leader = await this.leader(signal);
    if (leader !== undefined && !servers.has(leader)) servers.set(leader, "");
    servers.delete(machineID);
    return [...servers].map(([id, address]) => (address === "" ? id : `${id} (${address})`));
  }

  /** Whether another client has written a key since `revision`. Keys may have expired with their leases. */
  async hasChanged(revision: number, signal?: AbortSignal): Promise<boolean> {
    const page = await this.#store.range({ prefix: "", changedSince: revision, limit: 2 }, signal);
    return page.entries.some(({ key }) => key !== keys.move);
  }

  /** From here on, the copy is the cluster's store: daemons that still use this store do not serve. */
  async goAway(machineID: string, other: string, signal?: AbortSignal): Promise<void> {
    const value = JSON.stringify({ is: "gone", machineID, other } satisfies StoreMove);
    await this.#store.txn({ onSuccess: [{ put: keys.move, value }] }, signal);
  }

  /**
   * Prepares this store for a copy. It is empty, or the cluster has moved away from it, or an unfinished copy is in it;
   * what is left in it is deleted.
   * @throws StoreMoveRefusedError when the store has keys of a cluster.
   */
  async arrive(machineID: string, other: string, signal?: AbortSignal): Promise<void> {
    const entry = await this.#entry(keys.move, signal);
    await this.requireUnused(signal);
    // The compare fails when a daemon begins a cluster in the empty store meanwhile.
    const unchanged = { key: keys.move, modRevision: entry?.modRevision ?? 0 };
    const compare = entry ? [unchanged] : [unchanged, { key: keys.authority, createRevision: 0 }];
    const value = JSON.stringify({ is: "arriving", machineID, other } satisfies StoreMove);
    const { succeeded } = await this.#store.txn({ compare, onSuccess: [{ put: keys.move, value }] }, signal);
    if (!succeeded) throw new StoreMoveRefusedError("another daemon has begun to use the store; use an empty store");
    await this.#deleteOthers(signal);
  }

  /** @throws StoreMoveRefusedError when the store has keys of a cluster. */
  async requireUnused(signal?: AbortSignal): Promise<void> {
    const { count } = await this.#store.range({ prefix: "", limit: 1 }, signal);
    const is = moveIn(await this.#entry(keys.move, signal))?.is;
    if (count > 0 && is !== "arriving" && is !== "gone")
      throw new StoreMoveRefusedError(
        `the other store has ${counted(count, "key")} already, so it may belong to another cluster; use an empty store, ` +
          "or another etcd_key_prefix",
      );
  }

  /** In pages, because a store limits the size of a transaction. */
  async #deleteOthers(signal?: AbortSignal): Promise<void> {
    for (let after: string | undefined, more = true; more;) {
      const limit = MAX_TXN_OPS;
      const page = await this.#store.range({ prefix: "", limit, ...(after !== undefined && { after }) }, signal);
      const others = page.entries.filter(({ key }) => key !== keys.move);
      await this.#store.txn({ onSuccess: others.map(({ key }) => ({ delete: key })) }, signal);
      after = page.entries.at(-1)?.key;
      more = page.more;
    }
  }

  /** Lets servers use this copy. May be repeated. */
  async begin(signal?: AbortSignal): Promise<void> {
    await this.#store.txn({ onSuccess: [{ delete: keys.move }] }, signal);
  }

  async *#entries(prefix: string, signal?: AbortSignal): AsyncGenerator<KeyValue> {
    for (let after: string | undefined, more = true; more;) {
      const page = await this.#store.range({ prefix, ...(after !== undefined && { after }) }, signal);
      yield* page.entries;
      after = page.entries.at(-1)?.key;
      more = page.more;
    }
  }

  async #entry(key: string, signal?: AbortSignal): Promise<KeyValue | undefined> {
    return (await this.#store.range({ prefix: key, exact: true }, signal)).entries[0];
  }
}

function moveIn(entry: KeyValue | undefined): StoreMove | undefined {
  if (!entry) return undefined;
  return decode(storeMoveRecord, entry.value) ?? { is: "leaving", machineID: "", other: "" };
}
