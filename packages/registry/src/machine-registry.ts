import type { MachineRecord } from "@flotilla/model";
import { type KeyValue, type Lease, type LeaseId, MAX_TXN_OPS, type Store } from "@flotilla/store";
import { keys } from "./keys.ts";
import { decode, machineRecord } from "./records.ts";
import { clusterWitness } from "./witness.ts";

/** The result of a registration: registered, or refused with the revision at which another daemon's record was read. */
export type Registration = { readonly registered: true } | { readonly registered: false; readonly heldAt: number };

/** The machines' records of themselves. A machine writes only its own record, under its own lease. */
export class MachineRegistry {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Writes this machine's record under its lease, unless a record exists under another lease. In that case, another
   * daemon has the same machine ID and keeps its registration. A record without a lease does not belong to a daemon and
   * is overwritten.
   */
  async register(record: MachineRecord, lease: Lease, signal?: AbortSignal): Promise<Registration> {
    const key = keys.machine(record.id);
    const { entries, revision } = await this.#store.range({ prefix: key, exact: true }, signal);
    const [held] = entries;
    // mutation: one daemon a machine
    if (held?.lease !== undefined && held.lease !== lease.id) return { registered: false, heldAt: revision };
    const { succeeded } = await this.#store.txn(
      {
        compare: [{ key, modRevision: held?.modRevision ?? 0 }],
        onSuccess: [{ put: key, value: JSON.stringify(record), lease: lease.id }],
      },
      signal,
    );
    return succeeded ? { registered: true } : this.register(record, lease, signal);
  }

  /**
   * Resolves when the record that was read at revision `heldAt` is deleted.
   * @throws StoreReplacedError when another store has replaced this one; that store may or may not have the record.
   */
  async untilGone(id: string, heldAt: number, signal: AbortSignal): Promise<void> {
    const witness = await clusterWitness(this.#store, signal);
    const request = { prefix: keys.machine(id), exact: true, from: heldAt + 1, ...witness };
    for await (const { events } of this.#store.watch(request, signal)) {
      if (events.some(({ type }) => type === "delete")) return;
    }
  }

  /**
   * Resolves when the machine has no readable record under its lease: another client has deleted or overwritten the
   * key. A different record under the same lease does not count, because two daemons that share ID and lease, as after
   * a disk was cloned, would overwrite each other's record forever.
   */
  async untilLost(id: string, lease: LeaseId, signal: AbortSignal): Promise<void> {
    const key = keys.machine(id);
    const stands = (entry: KeyValue | undefined): boolean =>
      entry?.lease === lease && decode(machineRecord, entry.value)?.id === id;
    const witness = await clusterWitness(this.#store, signal);
    const { entries, revision } = await this.#store.range({ prefix: key, exact: true }, signal);
    if (!stands(entries[0])) return;
    const request = { prefix: key, exact: true, from: revision + 1, ...witness };
    for await (const { events } of this.#store.watch(request, signal)) {
      const last = events.at(-1);
      if (last && !stands(last.type === "put" ? last.entry : undefined)) return;
    }
  }

  /**
   * Moves this machine's keys from one lease to another without deleting them in between. Only the machine's own daemon
   * may call this, and only while it writes no other key of the machine. After a failure, the move can be repeated.
   */
  async moveLease(id: string, from: LeaseId, to: Lease, signal?: AbortSignal): Promise<void> {
    for (const prefix of [keys.machine(id), keys.statesOf(id)]) {
      const exact = prefix === keys.machine(id);
      let after: string | undefined;
      do {
        const limit = MAX_TXN_OPS;
        const page = await this.#store.range({ prefix, exact, limit, ...(after !== undefined && { after }) }, signal);
        const old = page.entries.filter(({ lease }) => lease === from);
        const onSuccess = old.map(({ key, value }) => ({ put: key, value, lease: to.id }));
        const compare = old.map(({ key, modRevision }) => ({ key, modRevision }));
        const { succeeded } = await this.#store.txn({ compare, onSuccess }, signal);
        if (!succeeded) return this.moveLease(id, from, to, signal);
        after = page.more ? page.entries.at(-1)?.key : undefined;
      } while (after !== undefined);
    }
  }

  /**
   * Deletes the machine's record and, in the same transaction, records under its lease that the machine left on
   * purpose. Its unit states stay until the lease ends. Deletes only the record that was read: a delayed request must
   * not delete the record of a later process or of another daemon.
   */
  async remove(id: string, lease: Lease, signal?: AbortSignal): Promise<void> {
    const key = keys.machine(id);
    const [held] = (await this.#store.range({ prefix: key, exact: true }, signal)).entries;
    if (held?.lease !== lease.id) return;
    // mutation: departure compares the record
    const compare = [{ key, modRevision: held.modRevision }];
    const farewell = { put: keys.departure(id), value: "", lease: lease.id };
    const { succeeded } = await this.#store.txn({ compare, onSuccess: [{ delete: key }, farewell] }, signal);
    if (!succeeded) await this.remove(id, lease, signal);
  }
}
