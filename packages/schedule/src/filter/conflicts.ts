import { shortMachineID, type Unit } from "@flotilla/model";
import type { Plan } from "../plan/plan.ts";
import type { Room } from "../plan/room.ts";
import type { Filter } from "./filter.ts";

/**
 * Conflicts: not with a unit that one of the two names, whichever. A unit is never in its own way,
 * and of two that replace one another the replacement is what keeps them apart.
 */
export const conflictsFilter: Filter = {
  name: "Conflicts",
  check(unit, room, plan) {
    const subject = conflictIn(room, unit, plan);
    return subject === undefined ? undefined : { subject };
  },
  explain({ subject }) {
    return `conflicts with ${subject}`;
  },
  fix({ subject, example }) {
    return `stop ${subject} on machine ${shortMachineID(example.id)}, or add a machine`;
  },
};

/** The first by name, so that the answer does not depend on the order in which units came. */
function conflictIn(room: Room, unit: Unit, plan: Plan): string | undefined {
  const { conflicts } = unit.requirements;
  if (conflicts.length === 0 && room.asking.size === 0) return undefined;
  let first: string | undefined;
  for (const other of conflicts.length > 0 ? room.units : room.asking) {
    if (first !== undefined && first < other.name) continue;
    if (conflict(unit, other, plan)) first = other.name;
  }
  return first;
}

/** Whether the two may not be together because one of them says so. */
export function conflict(unit: Unit, other: Unit, { patterns, relations }: Plan): boolean {
  if (other.name === unit.name) return false;
  const named =
    patterns.anyMatches(unit.requirements.conflicts, other.name) ||
    patterns.anyMatches(other.requirements.conflicts, unit.name);
  return named && !relations.replacedBy(unit.name).has(other.name) && !relations.replacersOf(unit.name).has(other.name);
}
