import type { MachineID, UnitState } from "@flotilla/model";
import { type LeaseId, MAX_TXN_OPS, type Op, type Store } from "@flotilla/store";
import { keys } from "./keys.ts";
import { decode, type StateRecord, stateRecord } from "./records.ts";

/** The states of the units on one machine. Its agent alone writes them, under the machine's lease. */
export class StateRegistry {
  readonly #store: Store;
  readonly #machineID: MachineID;

  constructor(store: Store, machineID: MachineID) {
    this.#store = store;
    this.#machineID = machineID;
  }

  /**
   * What the store says under `lease`: what an earlier process of this machine published included.
   * States under an earlier lease go when that ends, so they count as not published.
   */
  async published(lease: LeaseId, signal?: AbortSignal): Promise<Map<string, UnitState>> {
    const prefix = keys.statesOf(this.#machineID);
    const result = new Map<string, UnitState>();
    let after: string | undefined;
    do {
      const page = await this.#store.range({ prefix, ...(after === undefined ? {} : { after }) }, signal);
      for (const { key, value, lease: held } of page.entries) {
        const record = held === lease ? decode(stateRecord, value) : undefined;
        const name = key.slice(prefix.length);
        if (record) result.set(name, { name, machineID: this.#machineID, ...record });
      }
      after = page.more ? page.entries.at(-1)?.key : undefined;
    } while (after !== undefined);
    return result;
  }

  /** Publishes states, and takes back those that are undefined, in as few transactions as it takes. */
  async publish(
    states: ReadonlyMap<string, UnitState | undefined>,
    lease: LeaseId,
    signal?: AbortSignal,
  ): Promise<void> {
    const ops = [...states].map(([name, state]): Op => {
      const key = keys.state(this.#machineID, name);
      return state ? { put: key, value: JSON.stringify(recordOf(state)), lease } : { delete: key };
    });
    for (let from = 0; from < ops.length; from += MAX_TXN_OPS) {
      await this.#store.txn({ onSuccess: ops.slice(from, from + MAX_TXN_OPS) }, signal);
    }
  }
}

function recordOf({ hash, load, active, sub, launched, gaveUp, cleared, problem }: UnitState): StateRecord {
  return { hash, load, active, sub, launched, gaveUp, cleared, problem };
}
