import { type Assignment, attemptsOf, type ClusterSnapshot, type Unit } from "@flotilla/model";
import type { Steps } from "../effort.ts";
import type { Slot } from "../placement/slot.ts";
import { Availability, isUp } from "./availability.ts";
import { otherSlot, pinnedBy } from "./leave-drained.ts";
import type { Plan } from "./plan.ts";
import { asIfGone, canTake, unitsTogether } from "./units-together.ts";

/** Whether an operator's request to move the unit is under way: the unit, or its copy, is where it is to leave. */
export function isRequestOpen(name: string, snapshot: ClusterSnapshot): boolean {
  const unit = snapshot.units.get(name);
  return unit?.move !== undefined && assignmentToLeave(unit, snapshot) !== undefined;
}

/** Units that may leave in this pass because an operator moves them, with those that go with them. */
export function unitsRequested({ requested, placement }: Plan): readonly Unit[] {
  return [...requested].flatMap((name) => {
    const unit = placement.wanted.get(name);
    const [slot] = placement.placesOf(name);
    return unit && slot ? unitsTogether(unit, slot, placement) : [];
  });
}

/**
 * Moves units as operators request, a few at a time. A unit that cannot move now is tried in each pass; a unit that has
 * failed since the request stays, so that it does not go back and forth.
 */
export function* leaveOnRequest(plan: Plan): Steps<void> {
  if (plan.requested.size === 0) return;
  const { placement } = plan;
  const availability = new Availability(plan);
  const requested = [...plan.requested].flatMap((name) => placement.wanted.get(name) ?? []);
  let free = plan.pace.most - requested.filter((unit) => isMoving(unit, placement.snapshot)).length;
  for (const name of [...plan.requested].sort()) {
    const unit = placement.wanted.get(name);
    const place = unit && assignmentToLeave(unit, placement.snapshot);
    const slot = place && placement.slotOf(place.machineID);
    if (!unit?.move || !slot || place.leaving || !placement.has(name, slot)) continue;
    if (attemptsOf(unit, placement.snapshot).length > 0 || plan.draining.has(slot)) continue;
    const units = unitsTogether(unit, slot, placement);
    const mustWait = free <= 0 || units.some((each) => pinnedBy(each, plan) ?? availability.problem(each));
    if (!place.stopping && mustWait) continue;
    const to = yield* target(unit, units, slot, plan);
    if (!to) continue;
    plan.moveTogether(units, slot, to, { why: "requested", reason: unit.move.reason });
    if (!place.stopping) free -= units.length;
    if (placement.effort.isStepOver()) yield;
  }
}

function* target(unit: Unit, units: readonly Unit[], here: Slot, plan: Plan): Steps<Slot | undefined> {
  const { placement } = plan;
  if (unit.move?.to === undefined) return yield* otherSlot(units, here, plan);
  const named = placement.slotOf(unit.move.to);
  if (!named || named === here) return undefined;
  // oxlint-disable-next-line require-yield
  const search = function* (): Steps<Slot | undefined> {
    return canTake(named, units, placement) ? named : undefined;
  };
  return yield* plan.isolateSteps(unit.name, () => asIfGone(units, here, placement, search));
}

function assignmentToLeave({ name, move }: Unit, { assignments }: ClusterSnapshot): Assignment | undefined {
  const places = assignments.get(name)?.values() ?? [];
  return [...places].find(({ since }) => since === move?.since);
}

function isMoving(unit: Unit, snapshot: ClusterSnapshot): boolean {
  const from = assignmentToLeave(unit, snapshot);
  if (!from || (!from.leaving && !from.stopping)) return false;
  const places = [...(snapshot.assignments.get(unit.name)?.values() ?? [])];
  return from.stopping || !places.some((place) => !place.leaving && isUp(place, snapshot));
}
