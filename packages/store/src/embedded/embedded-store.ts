import type { Clock, Logger } from "@flotilla/runtime";
import type { RenewalObserver } from "../lease/held-lease.ts";
import { LocalClient } from "../local/local-client.ts";
import { LocalStore } from "../local/local-store.ts";
import type { Store } from "../port/index.ts";
import { SqliteJournal } from "./sqlite-journal.ts";

export interface EmbeddedStoreOptions {
  /** The file; made when it is not there, and its directory too. Two more beside it hold SQLite's log. */
  readonly path: string;
  /** Leases run out by it while the store is open. */
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly onRenewal?: RenewalObserver | undefined;
}

/** How far back a watch can start, in revisions. */
const HISTORY_LIMIT = 4_000;

/**
 * A store in one file of this machine, for one process at a time. All of it is held in memory as well,
 * from where it is read; a write is on the disk before it is answered.
 *
 * Leases go by the clock while the store is open. When it is opened again each has its whole TTL anew,
 * because nobody could renew in between.
 * @throws StoreUnavailableError when another process has the file, or it cannot be used;
 * StoreRefusedError when a newer Flotilla wrote it
 */
export function openEmbeddedStore(options: EmbeddedStoreOptions): Store {
  const { path, clock, random, log, onRenewal } = options;
  const store = openLocalStore(new SqliteJournal(path), { clock, log });
  const newLeaseId = (): string => String(Math.floor(random() * Number.MAX_SAFE_INTEGER));
  return new LocalClient({ store, clock, random, log, newLeaseId, onRenewal, onClose: () => store.close() });
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
