import type { Assignment, Unit } from "@flotilla/model";
import { LOOK, type Steps } from "../effort.ts";
import { firstRejection, machineFilters, stayFilters } from "../filter/filters.ts";
import type { Plan } from "../plan/plan.ts";
import type { Room } from "../plan/room.ts";
import { type Arrangement, byName, inOrder } from "./arrangement.ts";

/**
 * Lets stay on a machine who may, of those that have an assignment to it. Who is there depends on nobody elsewhere.
 *
 * Units that ask nothing of their company come first, in any order, for none of them can be in another's way. Of two
 * that may not be together, the one that asks for it gives way; if both do, the one that came later.
 */
export function* keepRoom(room: Room, arrangement: Arrangement): Steps<void> {
  const { plan } = arrangement;
  const demanding: { readonly unit: Unit; readonly since: number }[] = [];
  for (const { unit: name, since, leaving } of plan.snapshot.assignmentsOn.get(room.machine.id)?.values() ?? []) {
    const unit = leaving ? undefined : plan.wanted.get(name);
    if (!unit) continue;
    plan.effort.spend(LOOK);
    if (plan.effort.isStepOver()) yield;
    const verdict = arrangement.attempt(name, () => firstRejection(machineFilters, unit, room, plan));
    if (verdict) room.ousted.set(name, verdict);
    else if (!isFirstPlace(unit, room, plan)) continue;
    else if (isDemanding(unit, plan)) demanding.push({ unit, since });
    else plan.put(unit, room);
  }
  demanding.sort((a, b) => arrangement.byDepth(a.unit, b.unit) || a.since - b.since || byName(a.unit, b.unit));
  for (const { unit } of demanding) {
    keepDemanding(unit, room, arrangement);
    if (plan.effort.isStepOver()) yield;
  }
}

function keepDemanding(unit: Unit, room: Room, arrangement: Arrangement): void {
  const verdict = arrangement.attempt(unit.name, () => firstRejection(stayFilters, unit, room, arrangement.plan));
  if (verdict) {
    room.ousted.set(unit.name, verdict);
    return;
  }
  arrangement.plan.put(unit, room);
  arrangement.oustReplaced(unit, room);
}

function isDemanding({ name, requirements }: Unit, { relations }: Plan): boolean {
  const { global, machineOf, conflicts, replaces } = requirements;
  return (
    global ||
    machineOf.length > 0 ||
    conflicts.length > 0 ||
    replaces.length > 0 ||
    relations.leadersOf(name).length > 0
  );
}

/** A unit that is not global keeps one place: the oldest on a machine that is as it asks. */
function isFirstPlace(unit: Unit, room: Room, plan: Plan): boolean {
  const places = plan.snapshot.assignments.get(unit.name);
  if (unit.requirements.global || !places || places.size < 2) return true;
  const fits = ({ machineID }: Assignment): boolean => {
    const other = plan.roomOf(machineID);
    return other !== undefined && !firstRejection(machineFilters, unit, other, plan);
  };
  return inOrder(places.values()).find(fits)?.machineID === room.machine.id;
}
