import { type Clock, untilAborted } from "@flotilla/runtime";
import type { LeaseId } from "../port/index.ts";

/**
 * How long renewals wait for others after some were sent, milliseconds. A server renews the leases of all its agents,
 * each at a time of its own, and a call for each takes more of the server and of etcd than anything else at rest.
 */
const GATHER_MS = 100;

export interface EtcdRenewalsOptions {
  readonly clock: Clock;
  /** Renews leases by one call. Resolves to the TTL of each that etcd knows, milliseconds. */
  readonly send: (ids: ReadonlySet<LeaseId>) => Promise<ReadonlyMap<LeaseId, number>>;
}

interface Batch {
  readonly ids: Set<LeaseId>;
  readonly ttls: Promise<ReadonlyMap<LeaseId, number>>;
}

/** Lets renewals of leases share calls. A renewal long after the last one is sent at once. */
export class EtcdRenewals {
  readonly #options: EtcdRenewalsOptions;
  #next: Batch | undefined;
  #sentAt = Number.NEGATIVE_INFINITY;

  constructor(options: EtcdRenewalsOptions) {
    this.#options = options;
  }

  /** Implements `LeaseCalls.renewLease`. */
  renew(id: LeaseId, signal: AbortSignal | undefined): Promise<number | undefined> {
    return untilAborted([signal], async () => {
      this.#next ??= this.#begin();
      const { ids, ttls } = this.#next;
      ids.add(id);
      return (await ttls).get(id);
    });
  }

  #begin(): Batch {
    const { clock } = this.#options;
    const ids = new Set<LeaseId>();
    const pause = this.#sentAt + GATHER_MS - clock.monotonic();
    const ttls = (pause > 0 ? clock.sleep(pause) : Promise.resolve()).then(() => this.#send(ids));
    // Perhaps every caller has left.
    ttls.catch(() => {});
    return { ids, ttls };
  }

  #send(ids: ReadonlySet<LeaseId>): Promise<ReadonlyMap<LeaseId, number>> {
    this.#next = undefined;
    this.#sentAt = this.#options.clock.monotonic();
    return this.#options.send(ids);
  }
}
