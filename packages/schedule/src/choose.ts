import type { Unit } from "@flotilla/model";
import type { Filter, Rejection } from "./filter/filter.ts";
import { companyFilters, filters } from "./filter/filters.ts";
import { machinesOfTargets } from "./filter/machine-of.ts";
import { BitSet } from "./plan/bit-set.ts";
import type { MachineClass, MachineClasses } from "./plan/machine-class.ts";
import type { Plan } from "./plan/plan.ts";
import { type Refusal, refusalOf, RejectionTally } from "./refusal.ts";

/** The first filter that rejects a machine for a unit. */
export interface FilterVerdict {
  readonly filter: Filter;
  readonly rejection: Rejection;
}

export function firstRejection(list: readonly Filter[], unit: Unit, machine: number, plan: Plan): FilterVerdict | undefined {
  for (const filter of list) {
    const rejection = filter.check(unit, machine, plan);
    if (rejection) return { filter, rejection };
  }
  return undefined;
}

/** The least loaded machine that passes all filters, or why there is none. */
export function choose(unit: Unit, plan: Plan, classes: MachineClasses): number | Refusal {
  const own = classes.of(unit);
  const accept = (machine: number): boolean => firstRejection(companyFilters, unit, machine, plan) === undefined;
  return plan.leastLoaded(eligibleFor(unit, own, plan), accept) ?? refuse(unit, own, plan);
}

/** All machines that a global unit may be on, or why there is none. */
export function chooseAll(unit: Unit, plan: Plan, classes: MachineClasses): readonly number[] | Refusal {
  const own = classes.of(unit);
  const chosen: number[] = [];
  for (const machine of plan.machines.keys()) {
    if (!own.eligible.has(machine)) continue;
    if (plan.has(unit.name, machine) || !firstRejection(filters, unit, machine, plan)) chosen.push(machine);
  }
  return chosen.length > 0 ? chosen : refuse(unit, own, plan);
}

/** MachineOf leaves one machine, mostly: no need to try the others one by one. */
function eligibleFor(unit: Unit, { eligible }: MachineClass, plan: Plan): BitSet {
  const targets = machinesOfTargets(unit, plan);
  if (!targets) return eligible;
  const narrowed = new BitSet(plan.machines.length);
  for (const machine of targets) if (eligible.has(machine)) narrowed.add(machine);
  return narrowed;
}

function refuse(unit: Unit, { eligible, rejected }: MachineClass, plan: Plan): Refusal {
  const tally = new RejectionTally();
  for (const [number, machine] of plan.machines.entries()) {
    if (!eligible.has(number)) continue;
    const verdict = firstRejection(companyFilters, unit, number, plan);
    if (verdict) tally.add(verdict.filter, verdict.rejection, machine);
  }
  return refusalOf([...rejected, ...tally.groups()]);
}
