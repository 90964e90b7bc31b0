import type { MachineID } from "@flotilla/model";
import type { Lease, Store } from "@flotilla/store";
import { keys } from "./keys.ts";
import { readWitness } from "./witness.ts";

/** The right to write assignments: good as long as the leader key is the one this term created. */
export interface Leadership {
  /** Create revision of the leader key: every write of this term compares it. */
  readonly term: number;
}

/** The leader's seat: one key under the holder's lease. */
export class LeaderSeat {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Takes the seat if it is empty; undefined when another holds it. */
  async take(machineID: MachineID, lease: Lease, signal?: AbortSignal): Promise<Leadership | undefined> {
    const { succeeded, revision } = await this.#store.txn(
      {
        compare: [{ key: keys.leader, createRevision: 0 }],
        onSuccess: [{ put: keys.leader, value: JSON.stringify({ machineID }), lease: lease.id }],
      },
      signal,
    );
    if (succeeded) return { term: revision };
    // A write whose answer was lost may have taken effect: then the seat is already ours.
    const [entry] = (await this.#store.range({ prefix: keys.leader, exact: true }, signal)).entries;
    return entry?.lease === lease.id ? { term: entry.createRevision } : undefined;
  }

  /**
   * Resolves when the seat is empty, or may be.
   * @throws StoreReplacedError when that cannot be known by waiting: another store, without this leader, is in place.
   */
  async untilEmpty(signal: AbortSignal): Promise<void> {
    const witness = await readWitness(this.#store, signal);
    const page = await this.#store.range({ prefix: keys.leader, exact: true }, signal);
    if (page.entries.length === 0) return;
    const request = { prefix: keys.leader, from: page.revision + 1, ...witness };
    for await (const { events } of this.#store.watch(request, signal)) {
      if (events.some(({ type }) => type === "delete")) return;
    }
  }
}
