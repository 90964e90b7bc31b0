import type { Assignment } from "@flotilla/model";
import type { ManagedUnit } from "@flotilla/systemd";
import type { LaunchRecord } from "../launch/launch-record.ts";

/** All that is known of the units. A value is replaced, and never changed, when something new is known. */
export interface Knowledge {
  readonly assignments: { readonly all: ReadonlyMap<string, Assignment> };
  readonly manager: { list(): ReadonlyMap<string, ManagedUnit> };
  readonly launches: { readonly all: ReadonlyMap<string, LaunchRecord> };
}

interface Seen {
  readonly assignment: Assignment | undefined;
  readonly managed: ManagedUnit | undefined;
  readonly launch: LaunchRecord | undefined;
}

/** The units for which there was nothing to do when they were last looked at, with what was known of them then. */
export class SettledUnits {
  readonly #knowledge: Knowledge;
  readonly #seen = new Map<string, Seen>();

  constructor(knowledge: Knowledge) {
    this.#knowledge = knowledge;
  }

  /** There is nothing to do for the unit: not until something new is known of it, if that is all that it depends on. */
  note(unit: string): void {
    const seen = this.#look(unit);
    // An exclusive unit depends on the clock as well, and one that is not assigned on whether all assignments are known.
    if (seen.assignment?.exclusive === false) this.#seen.set(unit, seen);
  }

  forget(unit: string): void {
    this.#seen.delete(unit);
  }

  /** Nothing new is known: there is nothing to do for it still. */
  has(unit: string): boolean {
    const seen = this.#seen.get(unit);
    if (!seen) return false;
    const { assignment, managed, launch } = this.#look(unit);
    return seen.assignment === assignment && seen.managed === managed && seen.launch === launch;
  }

  #look(unit: string): Seen {
    const { assignments, manager, launches } = this.#knowledge;
    return {
      assignment: assignments.all.get(unit),
      managed: manager.list().get(unit),
      launch: launches.all.get(unit),
    };
  }
}
