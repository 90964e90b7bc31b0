import type { ClusterChange } from "@flotilla/registry";
import type { WatchEvent } from "../../contract/v2/watch-event.ts";
import { attemptEntityOf, holdEntityOf, machineFactsOf, stateEntityOf } from "./unit-entity.ts";

/** The number of recent lines kept for slower streams; up to twice as many are kept. */
const KEPT = 1_000;

/**
 * The lines of watch streams. All streams of a daemon get the same changes, mostly in the same batches. Each change is
 * therefore serialised once, and each batch is joined once. The lines hold no references to their changes, so that
 * large changes can be freed.
 */
export class ChangeLines {
  #lines = new WeakMap<ClusterChange, Buffer>();
  #count = 0;
  #earlier = this.#lines;
  readonly #self: string;
  #latest: Batch | undefined;

  /** @param self the machine of this daemon. */
  constructor(self: string) {
    this.#self = self;
  }

  /** Returns the lines of a batch as one buffer: a corked response would not report a slow reader. */
  bytesOf(batch: readonly ClusterChange[]): Buffer {
    const { length } = batch;
    const [first, last] = [batch[0], batch.at(-1)];
    if (!first || !last) return Buffer.of();
    // Batches are parts of one sequence of changes, so the first and last change identify a batch.
    const known = this.#latest;
    if (known && first === known.first.deref() && last === known.last.deref() && length === known.length)
      return known.bytes;
    const bytes = Buffer.concat(batch.map((change) => this.#lineOf(change)));
    this.#latest = { first: new WeakRef(first), last: new WeakRef(last), length, bytes };
    return bytes;
  }

  #lineOf(change: ClusterChange): Buffer {
    const known = this.#lines.get(change) ?? this.#earlier.get(change);
    if (known) return known;
    const line = Buffer.from(`${JSON.stringify(eventOf(change, this.#self))}\n`);
    if (this.#count === KEPT) {
      this.#earlier = this.#lines;
      this.#lines = new WeakMap();
      this.#count = 0;
    }
    this.#lines.set(change, line);
    this.#count += 1;
    return line;
  }
}

/** A joined batch, identified by its first and last change. */
interface Batch {
  readonly first: WeakRef<ClusterChange>;
  readonly last: WeakRef<ClusterChange>;
  readonly length: number;
  readonly bytes: Buffer;
}

function eventOf(change: ClusterChange, self: string): WatchEvent {
  const { revision } = change;
  switch (change.kind) {
    case "unit": {
      const { unit, value } = change;
      const shown = value && {
        name: unit,
        hash: value.hash,
        desiredState: value.desired,
        restart: value.restart,
        global: value.global,
      };
      return { revision, kind: "unit", unit, value: shown };
    }
    case "assignment": {
      const { unit, machineID, value } = change;
      const shown = value && { desired: value.desired, leaving: value.leaving, since: value.since, hash: value.hash };
      return { revision, kind: "assignment", unit, machineID, value: shown };
    }
    case "state":
      return {
        revision,
        kind: "state",
        unit: change.unit,
        machineID: change.machineID,
        value: change.value && stateEntityOf(change.value),
      };
    case "attempts":
      return { revision, kind: "attempts", unit: change.unit, value: change.value?.failed.map(attemptEntityOf) };
    case "machine":
      return {
        revision,
        kind: "machine",
        machineID: change.machineID,
        value: change.value && machineFactsOf(change.value, self),
      };
    case "leader":
      return { revision, kind: "leader", value: change.value };
    case "hold":
      return { revision, kind: "hold", value: change.value && holdEntityOf(change.value) };
  }
}
