import type { MachineID, UnitState } from "@flotilla/model";
import { type LeaseId, MAX_TXN_OPS, type Op, type Store } from "@flotilla/store";
import { keys, parseKey } from "./keys.ts";
import { decode, type StateRecord, stateRecord } from "./records.ts";
import { StatesTakenOverError } from "./registry-error.ts";

/** The right to write a machine's states: valid until the next claim. */
export interface StateClaim {
  readonly lease: LeaseId;
  /** The revision of the publisher key. Every write of states compares it. */
  readonly revision: number;
}

/** The unit states of one machine. Only its agent writes them, under the machine's lease. */
export class StateRegistry {
  readonly #store: Store;
  readonly #machineID: MachineID;

  constructor(store: Store, machineID: MachineID) {
    this.#store = store;
    this.#machineID = machineID;
  }

  /**
   * Takes over from the previous writer of this machine's states. Requests under an earlier claim have no effect any
   * more, however late they arrive: neither those of a dead process, nor this process's own requests whose answer was
   * lost.
   */
  async claim(lease: LeaseId, signal?: AbortSignal): Promise<StateClaim> {
    const onSuccess = [{ put: keys.publisher(this.#machineID), value: "", lease }];
    const { revision } = await this.#store.txn({ onSuccess }, signal);
    return { lease, revision };
  }

  /**
   * Returns the states that are stored under `lease`, including those that an earlier process of this machine
   * published. States under another lease end with that lease, so they do not count. States without a lease would never
   * end, so they are deleted.
   */
  async published(lease: LeaseId, signal?: AbortSignal): Promise<Map<string, UnitState>> {
    const prefix = keys.statesOf(this.#machineID);
    const result = new Map<string, UnitState>();
    const unleased: Op[] = [];
    let after: string | undefined;
    do {
      const page = await this.#store.range({ prefix, ...(after === undefined ? {} : { after }) }, signal);
      for (const { key, value, lease: held } of page.entries) {
        const parsed = parseKey(key);
        if (parsed?.kind !== "state") continue;
        if (held === undefined) unleased.push({ delete: key });
        const record = held === lease ? decode(stateRecord, value) : undefined;
        const name = parsed.unit;
        if (record) result.set(name, { name, machineID: this.#machineID, ...record });
      }
      after = page.more ? page.entries.at(-1)?.key : undefined;
    } while (after !== undefined);
    for (let from = 0; from < unleased.length; from += MAX_TXN_OPS)
      await this.#store.txn({ onSuccess: unleased.slice(from, from + MAX_TXN_OPS) }, signal);
    return result;
  }

  /**
   * Publishes states, and deletes those that are undefined, in as few transactions as possible.
   * @throws StatesTakenOverError when a newer claim exists; the remaining states are then not written.
   */
  async publish(
    states: ReadonlyMap<string, UnitState | undefined>,
    { lease, revision }: StateClaim,
    signal?: AbortSignal,
  ): Promise<void> {
    const compare = [{ key: keys.publisher(this.#machineID), modRevision: revision }];
    const ops = [...states].map(([name, state]): Op => {
      const key = keys.state(this.#machineID, name);
      return state ? { put: key, value: JSON.stringify(recordOf(state)), lease } : { delete: key };
    });
    for (let from = 0; from < ops.length; from += MAX_TXN_OPS) {
      const onSuccess = ops.slice(from, from + MAX_TXN_OPS);
      // mutation: claimed states
      const { succeeded } = await this.#store.txn({ compare, onSuccess }, signal);
      if (!succeeded) throw new StatesTakenOverError(TAKEN_OVER);
    }
  }
}

const TAKEN_OVER =
  "cannot write the unit states: another process has claimed them since; this process claims them again; " +
  "if this repeats, two daemons share this machine's ID and lease, perhaps after a disk was cloned";

function recordOf({ name: _, machineID: __, ...record }: UnitState): StateRecord {
  return record;
}
