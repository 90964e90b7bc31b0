import type { KeyValue } from "@flotilla/store";
import { decodeBatch } from "./event-batch.ts";

/** A batch of events in the store. It holds the text, which the copy of the store has anyway, and not the events. */
export interface StoredEvents {
  readonly key: string;
  /** The revision at which it was written, which orders all batches. */
  readonly order: number;
  readonly value: string;
  readonly count: number;
  /** When its latest event happened, milliseconds since the epoch. */
  readonly time: number;
}

/** The events in the store, for reading only. */
export interface KeptEvents {
  /** The oldest batch first. */
  readonly batches: readonly StoredEvents[];
  /** Every batch up to this revision may have been deleted; 0 before the first deletion. */
  readonly floor: number;
}

/** The batches of events in the live copy of the cluster. */
export class EventTable implements KeptEvents {
  readonly #batches = new Map<string, StoredEvents>();
  #sorted: readonly StoredEvents[] | undefined;
  floor = 0;

  /** @returns whether the whole batch can be read; true for a deletion. */
  set(key: string, entry: KeyValue | undefined): boolean {
    const batch = entry && decodeBatch(entry.value);
    if (entry && batch) {
      const times = batch.events.map((event) => event?.time ?? 0);
      this.#batches.set(key, {
        key,
        order: batch.revision ?? entry.modRevision,
        value: entry.value,
        count: batch.events.length,
        time: times.reduce((a, b) => Math.max(a, b), 0),
      });
    } else this.#batches.delete(key);
    this.#sorted = undefined;
    return !entry || (batch?.events.every((event) => event !== undefined) ?? false);
  }

  get batches(): readonly StoredEvents[] {
    return (this.#sorted ??= [...this.#batches.values()].sort((a, b) => a.order - b.order));
  }
}
