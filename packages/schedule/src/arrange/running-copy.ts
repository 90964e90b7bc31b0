import { type Assignment, type ClusterSnapshot, isDown, isStarted, type Unit } from "@flotilla/model";
import { filters, firstRejection } from "../filter/filters.ts";
import type { Plan } from "../plan/plan.ts";
import type { Room } from "../plan/room.ts";
import { byAge } from "./arrangement.ts";

/** A copy that was left to run on a machine that has come back spares the unit a restart. */
export function copyLeft(unit: Unit, plan: Plan): Room | undefined {
  return firstAllowed(unit, copiesOf(unit.name, plan.snapshot), plan);
}

/** Where a copy of what the unit is to be runs well, and may go on. */
export function goodCopy(unit: Unit, plan: Plan): Room | undefined {
  return firstAllowed(unit, goodCopiesOf(unit, plan.snapshot), plan);
}

/**
 * Whether a unit fails in its place while such a copy runs elsewhere: the copy does what the place does not, and it
 * is no matter of patience. Depends on nothing but what is known of this unit and of who is there.
 */
export function isOutdone(name: string, snapshot: ClusterSnapshot): boolean {
  const unit = snapshot.units.get(name);
  const places = snapshot.assignments.get(name);
  if (!unit || !places || places.size < 2) return false;
  const { global, exclusive } = unit.requirements;
  if (unit.desired !== "launched" || global || exclusive) return false;
  const here = [...places.values()].find(({ leaving }) => !leaving);
  const state = here && snapshot.states.get(name)?.get(here.machineID);
  if (!state || !isDown(state) || !snapshot.machines.has(state.machineID)) return false;
  return goodCopiesOf(unit, snapshot).length > 0;
}

function goodCopiesOf({ name, hash }: Unit, snapshot: ClusterSnapshot): readonly Assignment[] {
  return copiesOf(name, snapshot).filter(({ machineID }) => {
    const state = snapshot.states.get(name)?.get(machineID);
    return state !== undefined && state.hash === hash && isStarted(state) && snapshot.machines.has(machineID);
  });
}

function copiesOf(name: string, { assignments }: ClusterSnapshot): readonly Assignment[] {
  const places = assignments.get(name);
  return places ? [...places.values()].filter(({ leaving }) => leaving) : [];
}

function firstAllowed(unit: Unit, copies: readonly Assignment[], plan: Plan): Room | undefined {
  for (const { machineID } of copies.toSorted(byAge)) {
    const room = plan.roomOf(machineID);
    if (room && !firstRejection(filters, unit, room, plan)) return room;
  }
  return undefined;
}
