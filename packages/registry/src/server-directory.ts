import type { Store } from "@flotilla/store";
import { keys, parseKey } from "./keys.ts";
import { decode, type ServerRecord, serverRecord } from "./records.ts";

/** A server of the cluster, whether it runs now or not. */
export interface KnownServer extends ServerRecord {
  readonly machineID: string;
}

/**
 * The cluster's servers. A server without an agent has no machine's record, so each server writes a record of its own.
 * The record stays while the server is down, so that others can say that it does not answer.
 */
export class ServerDirectory {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Writes the server's record, unless the store has the same one. */
  async announce({ machineID, ...record }: KnownServer, signal?: AbortSignal): Promise<void> {
    const key = keys.server(machineID);
    const value = JSON.stringify(record satisfies ServerRecord);
    const [known] = (await this.#store.range({ prefix: key, exact: true }, signal)).entries;
    if (known?.value !== value) await this.#store.txn({ onSuccess: [{ put: key, value }] }, signal);
  }

  /** Lists the servers. A malformed or unreadable record is left out. */
  async list(signal?: AbortSignal): Promise<readonly KnownServer[]> {
    const { entries } = await this.#store.range({ prefix: keys.servers }, signal);
    return entries.flatMap(({ key, value }) => {
      const parsed = parseKey(key);
      const record = decode(serverRecord, value);
      return parsed?.kind === "server" && record ? [{ machineID: parsed.machineID, ...record }] : [];
    });
  }
}
