import type { OwnAssignments } from "@flotilla/registry";
import type { Logger } from "@flotilla/runtime";
import type { LaunchRecord, LaunchRecords } from "./launch-record.ts";

export interface ProvenanceOptions {
  readonly launches: LaunchRecords;
  readonly assignments: Pick<OwnAssignments, "all" | "origin" | "revision">;
  readonly log: Logger;
}

/** The origin of what a store wanted that is no more, and that has not been wanted since. */
const ORPHAN = "orphan";

/**
 * Knows which store wanted each unit here. Only the store that put a unit on this machine takes it away:
 * that it is missing in another one, or in an older state of the same, is a loss and nobody's intent
 * (docs/decisions/0012-a-lost-store-stops-nothing.md).
 */
export class Provenance implements LaunchRecords {
  readonly #options: ProvenanceOptions;

  constructor(options: ProvenanceOptions) {
    this.#options = options;
  }

  get all(): ReadonlyMap<string, LaunchRecord> {
    return this.#options.launches.all;
  }

  /** Notes beside the record who wanted this: the store that assigns the unit now, else whoever did before. */
  put(unit: string, { origin: _, ...record }: LaunchRecord): void {
    const { launches, assignments } = this.#options;
    const origin = assignments.all.has(unit) ? assignments.origin : this.all.get(unit)?.origin;
    launches.put(unit, { ...record, ...(origin !== undefined && { origin }) });
  }

  delete(unit: string): void {
    this.#options.launches.delete(unit);
  }

  /** True for a unit of a store that is no more: it is to be left as it is. */
  isOrphan(unit: string): boolean {
    return this.all.get(unit)?.origin === ORPHAN && !this.#options.assignments.all.has(unit);
  }

  /** To be called when a listing of the assignments is the first one that this process acts on. */
  survey(): void {
    const { assignments } = this.#options;
    this.adopt(this.all.keys());
    this.#orphan(
      ([, { origin, since }]) =>
        // The store knows nothing yet of the time when the unit was assigned: it was put back to before.
        since > assignments.revision || (origin !== undefined && origin !== assignments.origin),
    );
  }

  /** To be called when another store, or an older state of it, has come in the place of the one that was followed. */
  disown(): void {
    this.adopt(this.all.keys());
    this.#orphan(() => true);
  }

  /** The present store wants these units, if it does, whoever wanted them before. */
  adopt(units: Iterable<string>): void {
    const { assignments } = this.#options;
    for (const unit of [...units]) {
      const record = this.all.get(unit);
      const wanted = assignments.all.get(unit);
      if (!record || !wanted) continue;
      // A store that was put back to an older state counts its requests on from there.
      const restart = Math.min(record.restart, wanted.restart);
      if (record.origin !== assignments.origin || restart !== record.restart) this.put(unit, { ...record, restart });
    }
  }

  #orphan(isLost: (entry: readonly [string, LaunchRecord]) => boolean): void {
    const { launches, assignments, log } = this.#options;
    const isKnown = ([unit, { origin }]: readonly [string, LaunchRecord]): boolean =>
      assignments.all.has(unit) || origin === ORPHAN;
    const lost = [...this.all].filter((entry) => !isKnown(entry) && isLost(entry));
    for (const [unit, record] of lost) launches.put(unit, { ...record, origin: ORPHAN });
    if (lost.length === 0) return;
    log.error(
      "the store has lost what it knew of units on this machine, or is another one; they run on and are left alone",
      { units: lost.map(([unit]) => unit).join(" ") },
    );
  }
}

/** What is published of an orphan. */
export const ORPHANED =
  "The store that wanted this unit here has been emptied, put back or exchanged: it runs on, and is left alone.";
