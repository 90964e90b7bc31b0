import type { Attendance, MachineID } from "@flotilla/model";
import { type LeaseId, MAX_TXN_OPS, type Op, type Store } from "@flotilla/store";
import type { StepResult } from "./assignment-registry.ts";
import { keys } from "./keys.ts";
import type { Leadership } from "./leadership.ts";
import type { KnownAttendance } from "./stored-attendance.ts";

/**
 * The least share of its TTL that a renewed lease has left. A lease is renewed after a third of the TTL, which leaves
 * two thirds. The limit is lower to allow for slow answers.
 */
const LEAST_LEFT = 0.6;

/** The number of leases to query in parallel. */
const MOST_AT_ONCE = 32;

/** The attendance of the machines. The leader writes it; an operator may request the end of a hold. */
export class AttendanceRegistry {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Writes the differences from the stored attendance, in one transaction unless more than a hundred machines appear or
   * vanish together.
   * @returns the revision of the last transaction; `applied` is false when the term is over.
   */
  async write(
    { term }: Leadership,
    stored: KnownAttendance,
    attendance: Attendance,
    signal?: AbortSignal,
  ): Promise<StepResult> {
    const compare = [{ key: keys.leader, createRevision: term }];
    let left: readonly Op[] = stored.changesTo(attendance);
    for (;;) {
      const onSuccess = left.slice(0, MAX_TXN_OPS);
      const { succeeded, revision } = await this.#store.txn({ compare, onSuccess }, signal);
      left = left.slice(MAX_TXN_OPS);
      if (!succeeded || left.length === 0) return { applied: succeeded, revision };
    }
  }

  /** Requests the end of the hold that began at `since`. Does not affect a hold that began later. */
  async release(since: number, signal?: AbortSignal): Promise<number> {
    const onSuccess = [{ put: keys.release, value: JSON.stringify({ since }) }];
    return (await this.#store.txn({ onSuccess }, signal)).revision;
  }

  /** Returns the machines that have missed a heartbeat, out of those whose leases are given. */
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
