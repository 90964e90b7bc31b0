import type { MachineID } from "@flotilla/model";
import { type KeyValue, type Lease, type Store } from "@flotilla/store";
import { keys } from "./keys.ts";
import { clusterWitness } from "./witness.ts";

/** The right to write assignments, valid while the leader key is the one that this term created. */
export interface Leadership {
  /** Create revision of the leader key. Every write of this term compares it. */
  readonly term: number;
}

/** The leader's seat: one key with the holder's lease. */
export class LeaderSeat {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Takes the seat if it is empty. Returns undefined if another machine holds it. */
  async take(machineID: MachineID, lease: Lease, signal?: AbortSignal): Promise<Leadership | undefined> {
    const { succeeded, revision } = await this.#store.txn(
      {
        compare: [{ key: keys.leader, createRevision: 0 }],
        onSuccess: [{ put: keys.leader, value: JSON.stringify({ machineID }), lease: lease.id }],
      },
      signal,
    );
    if (succeeded) return { term: revision };
    // An earlier write with a lost answer may have succeeded: then this engine already has the seat.
    const [entry] = (await this.#store.range({ prefix: keys.leader, exact: true }, signal)).entries;
    return entry?.lease === lease.id ? { term: entry.createRevision } : undefined;
  }

  /**
   * Empties the seat when its key has no lease. Such a key belongs to no leader, and nothing else would ever delete it.
   * Deleting the key gives the next term its own create revision, so every write that is fenced by the old key fails.
   * @returns whether such a key existed.
   */
  async clearUnheld(signal?: AbortSignal): Promise<boolean> {
    const [entry] = (await this.#store.range({ prefix: keys.leader, exact: true }, signal)).entries;
    if (!entry || entry.lease !== undefined) return false;
    const compare = [{ key: keys.leader, modRevision: entry.modRevision }];
    return (await this.#store.txn({ compare, onSuccess: [{ delete: keys.leader }] }, signal)).succeeded;
  }

  /**
   * Resolves when the seat has been empty for the length of a pause. If another engine takes the seat during the pause,
   * the wait goes on, so that only a few of thousands of engines try to take the seat. A leader key without a lease
   * counts as an empty seat.
   * @param pause called whenever the seat becomes empty; its signal aborts when the seat is taken.
   * @throws StoreReplacedError when another store, which has no such leader, has replaced this one.
   */
  async untilEmpty(pause: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    const witness = await clusterWitness(this.#store, signal);
    const page = await this.#store.range({ prefix: keys.leader, exact: true }, signal);
    const vacancy = new Vacancy(pause, signal);
    vacancy.note(!page.entries.some(isHeld));
    const request = { prefix: keys.leader, exact: true, from: page.revision + 1, ...witness };
    try {
      for await (const { events } of this.#store.watch(request, vacancy.watching))
        for (const event of events) vacancy.note(event.type === "delete" || !isHeld(event.entry));
    } catch (error) {
      if (!vacancy.lasts) throw error;
    } finally {
      vacancy.note(false);
    }
  }
}

function isHeld({ lease }: KeyValue): boolean {
  return lease !== undefined;
}

/** Tells when the seat has been empty throughout a pause. */
class Vacancy {
  /** Aborts when the wait is over. */
  readonly watching: AbortSignal;
  lasts = false;
  readonly #pause: (signal: AbortSignal) => Promise<void>;
  readonly #over = new AbortController();
  #filled = new AbortController();

  constructor(pause: (signal: AbortSignal) => Promise<void>, signal: AbortSignal) {
    this.#pause = pause;
    this.watching = AbortSignal.any([signal, this.#over.signal]);
  }

  note(isEmpty: boolean): void {
    this.#filled.abort();
    if (!isEmpty) return;
    this.#filled = new AbortController();
    void this.#wait(AbortSignal.any([this.watching, this.#filled.signal]));
  }

  async #wait(signal: AbortSignal): Promise<void> {
    try {
      await this.#pause(signal);
    } catch {
      return;
    }
    if (signal.aborted) return;
    this.lasts = true;
    this.#over.abort();
  }
}
