import type { Assignment, ClusterSnapshot, MachineID } from "@flotilla/model";
import type { KeyValue } from "@flotilla/store";
import { keys } from "./keys.ts";
import { NestedMap } from "./nested-map.ts";
import type { AssignmentRecord } from "./records.ts";

/** An assignment with an unreadable value. */
export interface BrokenAssignment {
  readonly unit: string;
  readonly machineID: MachineID;
  readonly revision: number;
}

/** All assignments, by unit and by machine. */
export class AssignmentTable {
  readonly #byUnit = new NestedMap<Assignment>();
  readonly #byMachine = new NestedMap<Assignment>();
  readonly #broken = new Map<string, BrokenAssignment>();

  get byUnit(): ReadonlyMap<string, ReadonlyMap<MachineID, Assignment>> {
    return this.#byUnit.view;
  }

  get byMachine(): ReadonlyMap<MachineID, ReadonlyMap<string, Assignment>> {
    return this.#byMachine.view;
  }

  /** Returns both maps as they are now; later changes go into copies. */
  lend(): Pick<ClusterSnapshot, "assignments" | "assignmentsOn"> {
    return { assignments: this.#byUnit.lend(), assignmentsOn: this.#byMachine.lend() };
  }

  /** Assignments with an unreadable value. */
  get broken(): Iterable<BrokenAssignment> {
    return this.#broken.values();
  }

  /**
   * Sets the present value of an assignment's key.
   * @param entry undefined if the key was deleted.
   * @param record undefined if the value is unreadable.
   */
  set(
    unit: string,
    machineID: MachineID,
    entry: KeyValue | undefined,
    record: AssignmentRecord | undefined,
  ): Assignment | undefined {
    if (entry && !record) this.#broken.set(entry.key, { unit, machineID, revision: entry.modRevision });
    else this.#broken.delete(keys.assignment(machineID, unit));
    if (!entry || !record) {
      this.#byUnit.delete(unit, machineID);
      this.#byMachine.delete(machineID, unit);
      return undefined;
    }
    const { createRevision, modRevision: revision } = entry;
    const since = record.since || createRevision;
    const assignment: Assignment = { unit, machineID, ...record, since, revision };
    this.#byUnit.set(unit, machineID, assignment);
    this.#byMachine.set(machineID, unit, assignment);
    return assignment;
  }
}
