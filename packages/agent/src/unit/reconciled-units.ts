import type { Assignment } from "@flotilla/model";
import type { ManagedUnit } from "@flotilla/systemd";
import type { LaunchRecord } from "../launch/launch-record.ts";

/** The facts about the units. A changed fact is a new object, never a modified one. */
export interface Facts {
  readonly assignments: { readonly all: ReadonlyMap<string, Assignment> };
  readonly manager: { list(): ReadonlyMap<string, ManagedUnit> };
  readonly launches: { readonly all: ReadonlyMap<string, LaunchRecord> };
}

interface Seen {
  readonly assignment: Assignment | undefined;
  readonly managed: ManagedUnit | undefined;
  readonly launch: LaunchRecord | undefined;
}

/** The units without open tasks at their last examination, with the facts of that time. */
export class ReconciledUnits {
  readonly #facts: Facts;
  readonly #seen = new Map<string, Seen>();

  constructor(facts: Facts) {
    this.#facts = facts;
  }

  /** Notes that the unit has no open tasks; this holds until a fact about it changes. */
  note(unit: string): void {
    const seen = this.#look(unit);
    // An exclusive unit also depends on the clock, and an unassigned one on whether all assignments are known.
    if (seen.assignment?.exclusive === false) this.#seen.set(unit, seen);
  }

  forget(unit: string): void {
    this.#seen.delete(unit);
  }

  /** Whether no fact about the unit has changed since it was noted. */
  has(unit: string): boolean {
    const seen = this.#seen.get(unit);
    if (!seen) return false;
    const { assignment, managed, launch } = this.#look(unit);
    return seen.assignment === assignment && seen.managed === managed && seen.launch === launch;
  }

  #look(unit: string): Seen {
    const { assignments, manager, launches } = this.#facts;
    return {
      assignment: assignments.all.get(unit),
      managed: manager.list().get(unit),
      launch: launches.all.get(unit),
    };
  }
}
