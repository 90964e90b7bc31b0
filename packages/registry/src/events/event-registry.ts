import type { MachineID } from "@flotilla/model";
import type { Op, Store } from "@flotilla/store";
import type { StepResult } from "../assignment-registry.ts";
import { keys } from "../keys.ts";
import type { Leadership } from "../leadership.ts";

/** The most batches that one transaction deletes: less than MAX_TXN_OPS. */
export const MOST_DELETED_BATCHES = 100;

/** The events in the store. Each server writes its own batches, and the leader deletes old ones of all servers. */
export class EventRegistry {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Writes a batch, unless the key exists.
   * @returns whether the store has the batch now, be it by an earlier attempt whose answer was lost.
   */
  async append(machineID: MachineID, number: number, value: string, signal?: AbortSignal): Promise<boolean> {
    const key = keys.events(machineID, String(number));
    const txn = { compare: [{ key, createRevision: 0 }], onSuccess: [{ put: key, value }] };
    if ((await this.#store.txn(txn, signal)).succeeded) return true;
    const [entry] = (await this.#store.range({ prefix: key, exact: true }, signal)).entries;
    return entry?.value === value;
  }

  /**
   * Deletes old batches.
   * @param floor the revision of the newest one: readers learn from it that they may have missed events.
   * @returns the revision of the transaction; `applied` is false when the term is over.
   */
  async delete(
    { term }: Leadership,
    deleted: readonly string[],
    floor: number,
    signal?: AbortSignal,
  ): Promise<StepResult> {
    const compare = [{ key: keys.leader, createRevision: term }];
    const onSuccess: Op[] = [
      ...deleted.map((key) => ({ delete: key })),
      { put: keys.eventFloor, value: JSON.stringify({ revision: floor }) },
    ];
    const { succeeded, revision } = await this.#store.txn({ compare, onSuccess }, signal);
    return { applied: succeeded, revision };
  }
}
