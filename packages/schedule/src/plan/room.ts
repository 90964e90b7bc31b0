import type { Machine, Unit } from "@flotilla/model";
import type { FilterVerdict } from "../filter/filter.ts";

/** A machine's part in the plan: who is to be on it. */
export class Room {
  machine: Machine;
  /** Its place in the order of the machines' IDs. */
  number = 0;
  /** False while the machine is away: nobody is in it then. */
  open = true;
  units = new Set<Unit>();
  /** Those of them that have Conflicts. */
  asking = new Set<Unit>();
  /** Why units that have an assignment to the machine may not stay there. */
  readonly ousted = new Map<string, FilterVerdict>();

  constructor(machine: Machine) {
    this.machine = machine;
  }
}
