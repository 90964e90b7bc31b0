import type { Clock } from "@flotilla/runtime";
import type { LeaseId, LeaseTime } from "../port/index.ts";

export interface LeaseTableOptions {
  readonly clock: Clock;
  /** Called when a lease has expired. The lease stays in the table until `end` is called for it. */
  readonly onExpire: (id: LeaseId) => void;
}

interface Entry {
  readonly ttlMs: number;
  deadline: number;
  readonly ended: AbortController;
}

/** The store's side of leases: the deadline of each one's next renewal. */
export class LeaseTable {
  readonly #options: LeaseTableOptions;
  readonly #leases = new Map<LeaseId, Entry>();

  constructor(options: LeaseTableOptions) {
    this.#options = options;
  }

  start(id: LeaseId, ttlMs: number): void {
    const entry = { ttlMs, deadline: this.#options.clock.monotonic() + ttlMs, ended: new AbortController() };
    this.#leases.set(id, entry);
    void this.#expire(id, entry);
  }

  has(id: LeaseId): boolean {
    return this.#leases.has(id);
  }

  /** Restarts the TTL and returns it, milliseconds; undefined when the lease has expired or never existed. */
  renew(id: LeaseId): number | undefined {
    const entry = this.#leases.get(id);
    const now = this.#options.clock.monotonic();
    if (entry === undefined || now >= entry.deadline) return undefined;
    entry.deadline = now + entry.ttlMs;
    return entry.ttlMs;
  }

  time(id: LeaseId): LeaseTime | undefined {
    const entry = this.#leases.get(id);
    const leftMs = (entry?.deadline ?? 0) - this.#options.clock.monotonic();
    return entry && leftMs > 0 ? { ttlMs: entry.ttlMs, leftMs, surelyLeftMs: leftMs } : undefined;
  }

  end(id: LeaseId): void {
    this.#leases.get(id)?.ended.abort();
    this.#leases.delete(id);
  }

  endAll(): void {
    for (const id of [...this.#leases.keys()]) this.end(id);
  }

  async #expire(id: LeaseId, entry: Entry): Promise<void> {
    const { clock, onExpire } = this.#options;
    for (let left = entry.ttlMs; left > 0; left = entry.deadline - clock.monotonic()) {
      await clock.sleep(left, entry.ended.signal).catch(() => {});
      if (entry.ended.signal.aborted) return;
    }
    onExpire(id);
  }
}
