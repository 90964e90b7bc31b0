import type { ClusterChange } from "@flotilla/registry";
import type { WatchEvent } from "../../contract/v2/watch-event.ts";
import { attemptEntityOf, holdEntityOf, machineFactsOf } from "./unit-entity.ts";

/** Lines that are kept for a stream that is a little behind the others. */
const KEPT = 2_000;

/**
 * The watch stream's lines. All streams of a daemon are handed the same changes, most of them in the same batches, so
 * that each change is written out once, and each batch is put together once.
 */
export class ChangeLines {
  /** In the order in which they were written. */
  readonly #lines = new Map<ClusterChange, Buffer>();
  readonly #self: string;
  #latest: { readonly batch: readonly ClusterChange[]; readonly bytes: Buffer } = { batch: [], bytes: Buffer.of() };

  /** @param self the machine of this daemon. */
  constructor(self: string) {
    this.#self = self;
  }

  /** The lines of a batch, as one piece: a response that is corked would not tell that its reader is behind. */
  bytesOf(batch: readonly ClusterChange[]): Buffer {
    if (!isSame(batch, this.#latest.batch))
      this.#latest = { batch, bytes: Buffer.concat(batch.map((change) => this.#lineOf(change))) };
    return this.#latest.bytes;
  }

  #lineOf(change: ClusterChange): Buffer {
    const known = this.#lines.get(change);
    if (known) return known;
    const line = Buffer.from(`${JSON.stringify(eventOf(change, this.#self))}\n`);
    this.#lines.set(change, line);
    for (const oldest of this.#lines.keys()) {
      if (this.#lines.size <= KEPT) break;
      this.#lines.delete(oldest);
    }
    return line;
  }
}

/** Batches are runs of one sequence of changes: the ends tell them apart. */
function isSame(one: readonly ClusterChange[], other: readonly ClusterChange[]): boolean {
  return one.length === other.length && one[0] === other[0] && one.at(-1) === other.at(-1);
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
        global: value.requirements.global,
      };
      return { revision, kind: "unit", unit, value: shown };
    }
    case "assignment": {
      const { unit, machineID, value } = change;
      const shown = value && { desired: value.desired, leaving: value.leaving, since: value.since, hash: value.hash };
      return { revision, kind: "assignment", unit, machineID, value: shown };
    }
    case "state":
      return { revision, kind: "state", unit: change.unit, machineID: change.machineID, value: change.value };
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
