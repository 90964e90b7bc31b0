import { type Clock, type Logger, silentLogger } from "@flotilla/runtime";
import type { Change } from "../local/change.ts";
import type { Faults } from "../local/faults.ts";
import { LocalClient } from "../local/local-client.ts";
import type { RenewalObserver } from "../lease/held-lease.ts";
import { LocalStore } from "../local/local-store.ts";
import type { LeaseCalls, Revision, Store } from "../port/index.ts";

export interface MemoryStoreOptions {
  /** Leases expire by this clock. */
  readonly clock: Clock;
  /** In [0, 1); for the jitter of retries. By default always 0.5, so that tests are repeatable. */
  readonly random?: () => number;
  readonly log?: Logger;
  /** Called with each change in the same turn of the event loop, before a client can see it: for the simulator. */
  readonly onChange?: (change: Change) => void;
}

export interface ConnectOptions {
  /** The clock of the client, if it is not that of the store: for a process that may be stopped. */
  readonly clock?: Clock;
  readonly random?: () => number;
  /** Faults of this connection. */
  readonly faults?: Faults;
  /** Time limit of a call, for when `faults` delay it, milliseconds. Default 5,000. */
  readonly requestTimeoutMs?: number;
  readonly onRenewal?: RenewalObserver;
}

/** A store in memory for tests and simulations. `connect` returns a client of it. */
export class MemoryStore {
  readonly #options: Required<Omit<MemoryStoreOptions, "onChange">>;
  readonly #store: LocalStore;
  #leases = 0;

  constructor({ clock, random = () => 0.5, log = silentLogger, onChange }: MemoryStoreOptions) {
    this.#options = { clock, random, log };
    this.#store = new LocalStore({ clock, log, ...(onChange && { onChange }) });
  }

  connect(options: ConnectOptions = {}): Store & LeaseCalls {
    const { clock, random, faults, requestTimeoutMs, onRenewal } = options;
    return new LocalClient({
      store: this.#store,
      clock: clock ?? this.#options.clock,
      random: random ?? this.#options.random,
      log: this.#options.log,
      newLeaseId: () => String((this.#leases += 1)),
      faults,
      requestTimeoutMs,
      onRenewal,
    });
  }

  /** Drops the history up to and including `revision`. */
  compact(revision: Revision): Promise<void> {
    return this.#store.compact(revision);
  }

  /** Simulates that an empty store replaces this one: without keys, history and leases, at revision 1. */
  forgetAll(): void {
    this.#store.forgetAll();
  }

  /** Ends the timers of the leases and the calls of every client. */
  close(): void {
    this.#store.close();
  }
}
