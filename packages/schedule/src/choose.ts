import type { Unit } from "@flotilla/model";
import type { Filter, Rejection } from "./filter/filter.ts";
import { companyFilters, filters } from "./filter/filters.ts";
import { machineOfFilter } from "./filter/machine-of.ts";
import { triggeredByFilter } from "./filter/triggered-by.ts";
import { BitSet } from "./plan/bit-set.ts";
import type { MachineClass, MachineClasses } from "./plan/machine-class.ts";
import type { Plan } from "./plan/plan.ts";
import { type Refusal, refusalOf, RejectionTally } from "./refusal.ts";

/** The first filter that rejects a machine for a unit. */
export interface FilterVerdict {
  readonly filter: Filter;
  readonly rejection: Rejection;
}

export function firstRejection(
  list: readonly Filter[],
  unit: Unit,
  machine: number,
  plan: Plan,
): FilterVerdict | undefined {
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

/**
 * Another machine for a unit that keeps failing where it is: the least loaded one that it has not failed on, else the
 * one on which it failed longest ago.
 * @param tried machines on which it has failed, the latest last.
 */
export function chooseOther(
  unit: Unit,
  here: number,
  tried: readonly number[],
  plan: Plan,
  classes: MachineClasses,
): number | undefined {
  const eligible = eligibleFor(unit, classes.of(unit), plan);
  const accept = (machine: number): boolean =>
    machine !== here && firstRejection(companyFilters, unit, machine, plan) === undefined;
  const fresh = plan.leastLoaded(eligible, (machine) => !tried.includes(machine) && accept(machine));
  if (fresh !== undefined) return fresh;
  const lastFailed = (machine: number): number => tried.lastIndexOf(machine);
  const again = [...new Set(tried)].filter((machine) => eligible.has(machine) && accept(machine));
  return again.sort((a, b) => lastFailed(a) - lastFailed(b))[0];
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

/** A unit that follows another is left one machine, mostly: thousands of followers need not try thousands of others. */
function eligibleFor(unit: Unit, { eligible }: MachineClass, plan: Plan): BitSet {
  const [first, ...others] = followed(unit, plan);
  if (!first) return eligible;
  const narrowed = new BitSet(plan.machines.length);
  for (const machine of plan.placesOf(first.target)) {
    if (eligible.has(machine) && others.every(({ target }) => plan.has(target, machine))) narrowed.add(machine);
  }
  return narrowed;
}

/** The units that this one has to be with, and the filter that says so. */
function followed(
  { name, requirements }: Unit,
  { relations }: Plan,
): { readonly target: string; readonly filter: Filter }[] {
  return [
    ...requirements.machineOf.map((target) => ({ target, filter: machineOfFilter })),
    ...relations.leadersOf(name).map((target) => ({ target, filter: triggeredByFilter })),
  ];
}

function refuse(unit: Unit, own: MachineClass, plan: Plan): Refusal {
  const tally = new RejectionTally();
  const [first, ...more] = followed(unit, plan);
  const single = first !== undefined && more.length === 0;
  const looked = single ? eligibleFor(unit, own, plan) : own.eligible;
  let count = 0;
  looked.find(own.eligible, (number) => {
    count += 1;
    const machine = plan.machines[number];
    const verdict = firstRejection(companyFilters, unit, number, plan);
    if (machine && verdict) tally.add(verdict.filter, verdict.rejection, machine);
    return false;
  });
  const others = plan.machines[own.eligible.find(own.eligible, (number) => !looked.has(number))];
  if (single && others) tally.add(first.filter, { subject: first.target }, others, own.size - count);
  return refusalOf([...own.rejected, ...tally.groups()]);
}
