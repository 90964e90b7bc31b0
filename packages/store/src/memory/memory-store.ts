import { type Clock, type Logger, silentLogger } from "@flotilla/runtime";
import type { Change } from "../local/change.ts";
import type { Faults } from "../local/faults.ts";
import { LocalClient } from "../local/local-client.ts";
import type { RenewalObserver } from "../lease/held-lease.ts";
import { LocalStore } from "../local/local-store.ts";
import type { Revision, Store } from "../port/index.ts";

export interface MemoryStoreOptions {
  /** Leases run out by it. */
  readonly clock: Clock;
  /** In [0, 1); for the jitter of retries. Default: always the middle, so that tests repeat. */
  readonly random?: () => number;
  readonly log?: Logger;
  /** Told of each change in the same turn, before any client can see it: for a simulator that checks them. */
  readonly onChange?: (change: Change) => void;
}

export interface ConnectOptions {
  /** The client's own, where it is not the server's: that of a process which may stand still. */
  readonly clock?: Clock;
  readonly random?: () => number;
  /** What goes wrong on this connection. */
  readonly faults?: Faults;
  /** How long a call may take when `faults` hold it up, milliseconds. Default 5,000. */
  readonly requestTimeoutMs?: number;
  readonly onRenewal?: RenewalObserver;
}

/** A store for tests and simulations: the server. Its clients are made by `connect`. */
export class MemoryStore {
  readonly #options: Required<Omit<MemoryStoreOptions, "onChange">>;
  readonly #store: LocalStore;
  #leases = 0;

  constructor({ clock, random = () => 0.5, log = silentLogger, onChange }: MemoryStoreOptions) {
    this.#options = { clock, random, log };
    this.#store = new LocalStore({ clock, log, ...(onChange && { onChange }) });
  }

  /** One more client of this store. */
  connect(options: ConnectOptions = {}): Store {
    const newLeaseId = (): string => String((this.#leases += 1));
    return new LocalClient({ ...this.#options, ...options, store: this.#store, newLeaseId });
  }

  /** Forgets the history up to and including `revision`. */
  compact(revision: Revision): Promise<void> {
    return this.#store.compact(revision);
  }

  /** Puts an empty store in its place: keys, history and leases are gone, and revisions begin anew. */
  forgetAll(): void {
    this.#store.forgetAll();
  }

  /** Ends the timers of the leases and every client's calls. */
  close(): void {
    this.#store.close();
  }
}
