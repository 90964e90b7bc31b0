import type { OwnAssignments } from "@flotilla/registry";
import type { Logger } from "@flotilla/runtime";
import type { LaunchRecord, LaunchRecords } from "./launch-record.ts";

export interface ProvenanceOptions {
  readonly launches: LaunchRecords;
  readonly assignments: Pick<OwnAssignments, "all" | "origin" | "revision">;
  readonly log: Logger;
}

/** The origin of an orphan: its store is gone, and no store has assigned the unit since. */
const ORPHAN = "orphan";

/**
 * Launch records with the origin of each unit: the identity of the store that assigned it. Only the store that assigned
 * a unit can remove it. A unit that is missing in another store, or in an older state of the same store, is an orphan,
 * and keeps running (docs/decisions/0012-a-lost-store-stops-nothing.md).
 */
export class Provenance implements LaunchRecords {
  readonly #options: ProvenanceOptions;

  constructor(options: ProvenanceOptions) {
    this.#options = options;
  }

  get all(): ReadonlyMap<string, LaunchRecord> {
    return this.#options.launches.all;
  }

  /** Adds the origin to the record: the store that assigns the unit now, else the previous origin. */
  put(unit: string, { origin: _, ...record }: LaunchRecord): void {
    const { launches, assignments } = this.#options;
    const origin = assignments.all.has(unit) ? assignments.origin : this.all.get(unit)?.origin;
    launches.put(unit, { ...record, ...(origin !== undefined && { origin }) });
  }

  delete(unit: string): void {
    this.#options.launches.delete(unit);
  }

  /** Whether the unit's store is gone, so that the unit must stay as it is. */
  isOrphan(unit: string): boolean {
    return this.all.get(unit)?.origin === ORPHAN && !this.#options.assignments.all.has(unit);
  }

  /** Marks orphans. Must be called for the first listing of assignments that this process acts on. */
  markOrphans(): void {
    const { assignments } = this.#options;
    this.adopt(this.all.keys());
    this.#orphan(
      ([, { origin, since }]) =>
        // The store's revision is older than the assignment: the store was restored from a backup.
        since > assignments.revision || (origin !== undefined && origin !== assignments.origin),
    );
  }

  /**
   * Marks all unassigned units as orphans. Must be called when the followed store was replaced by another store, or by
   * an older state of itself.
   */
  orphanUnassigned(): void {
    this.adopt(this.all.keys());
    this.#orphan(() => true);
  }

  /** Makes the present store the origin of the given units, if it assigns them. */
  adopt(units: Iterable<string>): void {
    const { assignments } = this.#options;
    for (const unit of [...units]) {
      const record = this.all.get(unit);
      const wanted = assignments.all.get(unit);
      if (!record || !wanted) continue;
      // A store that was restored from a backup continues to count from the backup's numbers.
      const restart = Math.min(record.restart, wanted.restart);
      const isAhead = restart !== record.restart || (record.secrets ?? 0) > wanted.secrets;
      if (record.origin === assignments.origin && !isAhead) continue;
      const { secrets } = record;
      this.put(unit, {
        ...record,
        restart,
        ...(secrets !== undefined && { secrets: Math.min(secrets, wanted.secrets) }),
      });
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
      "the store has lost the assignments of units on this machine, or was replaced; the units keep running unchanged",
      { units: lost.map(([unit]) => unit).join(" ") },
    );
  }
}

/** The published problem of an orphan. */
export const ORPHANED =
  "the store that assigned this unit was emptied, restored or replaced; the unit keeps running unchanged";
