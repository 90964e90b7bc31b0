import type { Clock } from "@flotilla/runtime";
import type { LeaseId, LeaseTime } from "../port/index.ts";

export interface LeaseTableOptions {
  readonly clock: Clock;
  /** Called when a lease has expired. The lease stays in the table until `end` is called for it. */
  readonly onExpire: (id: LeaseId) => void;
}

interface Entry {
  readonly ttlMs: number;
  readonly deadline: number;
  /** Cancels the timer. */
  cancel: () => void;
}

/** The store's side of leases: the deadline of each one's next renewal. */
export class LeaseTable {
  readonly #options: LeaseTableOptions;
  readonly #leases = new Map<LeaseId, Entry>();

  constructor(options: LeaseTableOptions) {
    this.#options = options;
  }

  start(id: LeaseId, ttlMs: number): void {
    const entry = { ttlMs, deadline: this.#options.clock.monotonic() + ttlMs, cancel: () => {} };
    this.#leases.set(id, entry);
    this.#await(id, entry);
  }

  has(id: LeaseId): boolean {
    return this.#leases.has(id);
  }

  /** Restarts the TTL and returns it, milliseconds; undefined when the lease has expired or never existed. */
  renew(id: LeaseId): number | undefined {
    const entry = this.#leases.get(id);
    if (entry === undefined || this.#options.clock.monotonic() >= entry.deadline) return undefined;
    entry.cancel();
    this.start(id, entry.ttlMs);
    return entry.ttlMs;
  }

  time(id: LeaseId): LeaseTime | undefined {
    const entry = this.#leases.get(id);
    const leftMs = (entry?.deadline ?? 0) - this.#options.clock.monotonic();
    return entry && leftMs > 0 ? { ttlMs: entry.ttlMs, leftMs, surelyLeftMs: leftMs } : undefined;
  }

  end(id: LeaseId): void {
    this.#leases.get(id)?.cancel();
    this.#leases.delete(id);
  }

  endAll(): void {
    for (const id of [...this.#leases.keys()]) this.end(id);
  }

  /** A timer may fire a moment early. */
  #await(id: LeaseId, entry: Entry): void {
    const { clock, onExpire } = this.#options;
    const left = entry.deadline - clock.monotonic();
    if (left <= 0) onExpire(id);
    else entry.cancel = clock.after(left, () => this.#await(id, entry));
  }
}
