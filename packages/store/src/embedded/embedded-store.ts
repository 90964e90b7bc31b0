import type { Clock, Logger } from "@flotilla/runtime";
import type { RenewalObserver } from "../lease/held-lease.ts";
import { LocalClient, type LocalClientOptions } from "../local/local-client.ts";
import { LocalStore } from "../local/local-store.ts";
import type { LeaseCalls, Store } from "../port/index.ts";
import { SqliteJournal } from "./sqlite-journal.ts";

export interface EmbeddedStoreOptions {
  /** The file. It and its directory are created if missing. Two more files beside it hold SQLite's log. */
  readonly path: string;
  /** Leases expire by this clock while the store is open. */
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly onRenewal?: RenewalObserver | undefined;
}

/** A store in a file of this machine. */
export interface EmbeddedStore extends Store, LeaseCalls {
  /** Copies the database to an existing file: see `SqliteJournal.backup`. */
  backup(path: string): Promise<void>;
}

/** How many revisions back a watch can start. */
const HISTORY_LIMIT = 4_000;

/**
 * Opens a store in one file of this machine, for one process at a time. Reads are served from memory. A write is on the
 * disk before it is acknowledged.
 *
 * Each lease gets its whole TTL when the store is opened, because its holder could not renew it while the store was
 * closed.
 * @throws StoreUnavailableError when another process uses the file, or the file cannot be opened; StoreRefusedError
 * when a newer Flotilla wrote the file.
 */
export function openEmbeddedStore(options: EmbeddedStoreOptions): EmbeddedStore {
  const { path, clock, random, log, onRenewal } = options;
  const journal = new SqliteJournal(path);
  const store = openLocalStore(journal, { clock, log });
  const newLeaseId = (): string => String(Math.floor(random() * Number.MAX_SAFE_INTEGER));
  return new EmbeddedClient(journal, {
    store,
    clock,
    random,
    log,
    newLeaseId,
    onRenewal,
    onClose: () => store.close(),
  });
}

class EmbeddedClient extends LocalClient implements EmbeddedStore {
  readonly #journal: SqliteJournal;

  constructor(journal: SqliteJournal, options: LocalClientOptions) {
    super(options);
    this.#journal = journal;
  }

  backup(path: string): Promise<void> {
    return this.#journal.backup(path);
  }
}

function openLocalStore(
  journal: SqliteJournal,
  { clock, log }: Pick<EmbeddedStoreOptions, "clock" | "log">,
): LocalStore {
  try {
    return new LocalStore({ clock, log, journal, historyLimit: HISTORY_LIMIT });
  } catch (error) {
    journal.close();
    throw error;
  }
}
