import type { Unit } from "@flotilla/model";
import type { RejectionGroup } from "../filter/filter.ts";
import { machineFilters } from "../filter/filters.ts";
import { RejectionTally } from "../refusal.ts";
import { BitSet } from "./bit-set.ts";
import type { Plan } from "./plan.ts";

/** The machines that pass the filters which look at the machine alone, and why the others do not. */
export interface MachineClass {
  readonly eligible: BitSet;
  readonly size: number;
  readonly rejected: readonly RejectionGroup[];
}

/** Machine classes, each worked out once for all units that ask the same of a machine. */
export class MachineClasses {
  readonly #plan: Plan;
  readonly #classes = new Map<string, MachineClass>();

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  of(unit: Unit): MachineClass {
    const { machineID, metadata } = unit.requirements;
    const key = machineID === undefined && metadata.length === 0 ? "" : JSON.stringify([machineID, metadata]);
    const known = this.#classes.get(key);
    if (known) return known;
    const made = this.#sort(unit);
    this.#classes.set(key, made);
    return made;
  }

  #sort(unit: Unit): MachineClass {
    const eligible = new BitSet(this.#plan.machines.length);
    const tally = new RejectionTally();
    let size = 0;
    for (const [number, machine] of this.#plan.machines.entries()) {
      if (rejects(unit, number, machine, this.#plan, tally)) continue;
      eligible.add(number);
      size += 1;
    }
    return { eligible, size, rejected: tally.groups() };
  }
}

function rejects(
  unit: Unit,
  number: number,
  machine: Plan["machines"][number],
  plan: Plan,
  tally: RejectionTally,
): boolean {
  for (const filter of machineFilters) {
    const rejection = filter.check(unit, number, plan);
    if (!rejection) continue;
    tally.add(filter, rejection, machine);
    return true;
  }
  return false;
}
