import type { UnitHistory } from "@flotilla/model";
import { MAX_TXN_OPS, type Op, type Store } from "@flotilla/store";
import type { StepResult } from "./assignment-registry.ts";
import { keys } from "./keys.ts";
import type { Leadership } from "./leadership.ts";

/** The most units whose runs fit into one write. */
export const MAX_HISTORIES = MAX_TXN_OPS;

/** What the cluster keeps of units' runs. Only the leading engine writes it. */
export class RunRegistry {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Writes the histories of units in one transaction, or none if the term is over; undefined deletes one.
   * @param histories MAX_HISTORIES at most.
   */
  async write(
    { term }: Leadership,
    histories: ReadonlyMap<string, UnitHistory | undefined>,
    signal?: AbortSignal,
  ): Promise<StepResult> {
    const onSuccess = [...histories].map(([unit, history]): Op => {
      const key = keys.runs(unit);
      return history ? { put: key, value: JSON.stringify(history) } : { delete: key };
    });
    const compare = [{ key: keys.leader, createRevision: term }];
    const { succeeded, revision } = await this.#store.txn({ compare, onSuccess }, signal);
    return { applied: succeeded, revision };
  }
}
