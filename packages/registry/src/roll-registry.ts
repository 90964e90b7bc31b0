import type { MachineID, Roll } from "@flotilla/model";
import type { LeaseId, Store } from "@flotilla/store";
import { keys } from "./keys.ts";
import type { Leadership } from "./leadership.ts";

/** Of a lease that is renewed two thirds are always left: it is renewed after one. Some of that is for slow answers. */
const LEAST_LEFT = 0.6;

/** Leases asked for at one time. */
const MOST_AT_ONCE = 32;

/** The roll of the machines: the leader writes it, an operator may end the hold that stands in it. */
export class RollRegistry {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Resolves to the revision of the write, or to undefined when the term is over. */
  async write({ term }: Leadership, roll: Roll, signal?: AbortSignal): Promise<number | undefined> {
    const { succeeded, revision } = await this.#store.txn(
      {
        compare: [{ key: keys.leader, createRevision: term }],
        onSuccess: [{ put: keys.roll, value: JSON.stringify(roll) }],
      },
      signal,
    );
    return succeeded ? revision : undefined;
  }

  /** Asks the leader to end the hold that began at `since`; if another has begun meanwhile, that one goes on. */
  async release(since: number, signal?: AbortSignal): Promise<number> {
    const onSuccess = [{ put: keys.release, value: JSON.stringify({ since }) }];
    return (await this.#store.txn({ onSuccess }, signal)).revision;
  }

  /** The machines that have missed a heartbeat, of those whose leases are given. */
  async overdue(leases: ReadonlyMap<MachineID, LeaseId>, signal?: AbortSignal): Promise<Set<MachineID>> {
    const overdue = new Set<MachineID>();
    const asked = [...leases];
    for (let from = 0; from < asked.length; from += MOST_AT_ONCE) {
      const batch = asked.slice(from, from + MOST_AT_ONCE).map(async ([machineID, lease]) => {
        const time = await this.#store.leaseTime(lease, signal);
        if (!time || time.leftMs < time.ttlMs * LEAST_LEFT) overdue.add(machineID);
      });
      await Promise.all(batch);
    }
    return overdue;
  }
}
