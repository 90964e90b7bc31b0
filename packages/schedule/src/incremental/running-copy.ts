import { type Assignment, type ClusterSnapshot, isDown, isStarted, type Unit } from "@flotilla/model";
import { firstRejection } from "../placement/check.ts";
import type { Placement } from "../placement/placement.ts";
import type { Slot } from "../placement/slot.ts";
import { byAge } from "./order.ts";
import type { Plan } from "./plan.ts";

/** The slot of a copy that still runs on a machine that has returned: with the copy, the unit need not be restarted. */
export function copyLeft(unit: Unit, placement: Placement): Slot | undefined {
  return firstAllowed(unit, copiesOf(unit.name, placement.snapshot), placement);
}

/** The slot of a copy on a machine that is drained: better than none, for a unit that no other machine can take. */
export function copyOnDrained(unit: Unit, { placement, moment }: Plan): Slot | undefined {
  const copies = copiesOf(unit.name, placement.snapshot).filter(({ machineID }) => !moment.overdue.has(machineID));
  return copies.length > 0 ? firstAllowed(unit, copies, placement, true) : undefined;
}

/** The slot of a copy of the unit's present version that runs well and may stay. */
export function goodCopy(unit: Unit, placement: Placement): Slot | undefined {
  return firstAllowed(unit, goodCopiesOf(unit, placement.snapshot), placement);
}

/**
 * Whether a unit fails in its place while a good copy of it runs elsewhere. The unit then goes there without a pause.
 * Depends only on the facts about this unit.
 */
export function failsBesideCopy(name: string, snapshot: ClusterSnapshot): boolean {
  const unit = snapshot.units.get(name);
  const places = snapshot.assignments.get(name);
  if (!unit || !places || places.size < 2) return false;
  const { global, exclusive } = unit.requirements;
  if (unit.desired !== "launched" || global || exclusive) return false;
  const here = [...places.values()].find(({ leaving }) => !leaving);
  const state = here && snapshot.states.get(name)?.get(here.machineID);
  if (!state || !isDown(state)) return false;
  return goodCopiesOf(unit, snapshot).length > 0;
}

function goodCopiesOf({ name, hash }: Unit, snapshot: ClusterSnapshot): readonly Assignment[] {
  return copiesOf(name, snapshot).filter(({ machineID }) => {
    const state = snapshot.states.get(name)?.get(machineID);
    return state !== undefined && state.hash === hash && isStarted(state);
  });
}

function copiesOf(name: string, { assignments }: ClusterSnapshot): readonly Assignment[] {
  const places = assignments.get(name);
  return places ? [...places.values()].filter(({ leaving }) => leaving) : [];
}

/** The oldest of the copies whose machine passes all rules. */
function firstAllowed(
  unit: Unit,
  copies: readonly Assignment[],
  placement: Placement,
  evenDrained = false,
): Slot | undefined {
  for (const { machineID } of copies.toSorted(byAge)) {
    const slot = placement.slotOf(machineID);
    if (!slot || (slot.machine.drain && !evenDrained)) continue;
    // A cordon keeps what is there, also a copy.
    const rules = slot.machine.cordon || slot.machine.drain ? placement.rules.besideCordon : placement.rules.all;
    if (!firstRejection(rules, unit, slot, placement)) return slot;
  }
  return undefined;
}
