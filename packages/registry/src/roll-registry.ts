import type { MachineID, Roll } from "@flotilla/model";
import { type LeaseId, MAX_TXN_OPS, type Op, type Store } from "@flotilla/store";
import { keys } from "./keys.ts";
import type { Leadership } from "./leadership.ts";
import type { StoredRoll } from "./stored-roll.ts";

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

  /**
   * Writes what is new on the roll; in one transaction, unless more than a hundred machines come or go together.
   * Resolves to the revision of the last write, or to undefined when the term is over.
   */
  async write({ term }: Leadership, stored: StoredRoll, roll: Roll, signal?: AbortSignal): Promise<number | undefined> {
    const compare = [{ key: keys.leader, createRevision: term }];
    let left: readonly Op[] = stored.changesTo(roll);
    for (;;) {
      const onSuccess = left.slice(0, MAX_TXN_OPS);
      const { succeeded, revision } = await this.#store.txn({ compare, onSuccess }, signal);
      if (!succeeded) return undefined;
      left = left.slice(MAX_TXN_OPS);
      if (left.length === 0) return revision;
    }
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
        // mutation: overdue machine
        if (!time || time.leftMs < time.ttlMs * LEAST_LEFT) overdue.add(machineID);
      });
      await Promise.all(batch);
    }
    return overdue;
  }
}
