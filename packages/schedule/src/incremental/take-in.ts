import type { Unit } from "@flotilla/model";
import { isAsked } from "../decisions/restart-turn.ts";
import { LOOK, type Steps } from "../effort.ts";
import type { Placement } from "../placement/placement.ts";
import type { Slot } from "../placement/slot.ts";
import type { Changes } from "./changes.ts";
import { isRequestOpen } from "./leave-on-request.ts";
import { keepSlot } from "./keep-slot.ts";
import type { Plan } from "./plan.ts";
import { failsBesideCopy } from "./running-copy.ts";

/** What a pass must examine, beside what the plan itself says. */
export interface News {
  /** Units that came, left or changed. A unit that changed is listed twice: as it was, and as it is. */
  readonly moved: Unit[];
  /** Global units that may need a place on any machine. */
  readonly everywhere: Set<string>;
}

/** Updates the plan so that all units that may stay do so. Examines only what the changes affect. */
export function* takeIn(changes: Changes, plan: Plan): Steps<News> {
  const { provisional, arrivals } = plan;
  const news: News = { moved: [...arrivals], everywhere: new Set() };
  const slots = new Set(provisional);
  provisional.clear();
  arrivals.length = 0;
  takeInMachines(changes, slots, plan);
  yield* takeInPlaces(changes, slots, plan);
  const linked = yield* takeInUnits(changes, slots, plan, news);
  yield* takeInCopies(changes, plan);
  yield* keepSlots(slots, plan, news);
  for (const name of changes.units) {
    updateUnplaced(name, plan);
    if (isStepOver(plan.placement)) yield;
  }
  for (const { name } of news.moved) {
    if (changes.units.has(name)) continue;
    plan.affected.add(name);
    updateUnplaced(name, plan);
  }
  for (const name of linked) plan.retryIfUnplaced(name);
  noteEverywhere(changes, plan, news);
  return news;
}

function* takeInCopies({ units, facts }: Changes, { placement, failingBesideCopy, requested }: Plan): Steps<void> {
  for (const names of [units, facts]) {
    for (const name of names) {
      if (isRequestOpen(name, placement.snapshot)) requested.add(name);
      else requested.delete(name);
      if (failsBesideCopy(name, placement.snapshot)) failingBesideCopy.add(name);
      else failingBesideCopy.delete(name);
      if (isStepOver(placement)) yield;
    }
  }
}

function noteEverywhere({ machines, units }: Changes, { placement }: Plan, { everywhere }: News): void {
  for (const name of placement.global.keys()) {
    const isNowhere = !placement.isPlaced(name);
    if ((isNowhere && machines.size > 0) || units.has(name)) everywhere.add(name);
  }
}

function takeInMachines(changes: Changes, slots: Set<Slot>, plan: Plan): void {
  const { placement, refusals, draining } = plan;
  const { opened, closed, changed } = placement.updateSlots(changes.machines);
  for (const slot of [...opened, ...changed])
    if (slot.machine.drain) draining.add(slot);
    else draining.delete(slot);
  for (const slot of closed) {
    draining.delete(slot);
    slots.delete(slot);
    placement.clear(slot);
  }
  for (const slot of [...opened, ...changed]) slots.add(slot);
  if (opened.length + closed.length + changed.length > 0)
    for (const name of refusals.keys()) plan.retryIfUnplaced(name);
  if (changes.all) return;
  for (const id of changes.machines)
    for (const unit of placement.snapshot.assignmentsOn.get(id)?.keys() ?? [])
      changes.note({ kind: "assignment", unit, machineID: id });
}

/**
 * A change at one place of a global unit does not affect its other places, unless the unit was exclusive and must
 * stop, or its copies restart one after the other.
 */
function* takeInPlaces(changes: Changes, slots: Set<Slot>, { placement }: Plan): Steps<void> {
  const { units, assignments } = placement.snapshot;
  for (const [machineID, names] of changes.places) {
    const slot = placement.slotOf(machineID);
    if (slot) slots.add(slot);
    for (const name of names) {
      const unit = ifWanted(units.get(name));
      const assignment = assignments.get(name)?.get(machineID);
      if (!unit?.requirements.global) changes.units.add(name);
      else if (assignment?.stopping || !isAsked(assignment, unit)) changes.facts.add(name);
      if (isStepOver(placement)) yield;
    }
  }
}

/** Returns the names of all units whose links may have changed. */
function* takeInUnits(
  { units, all }: Changes,
  slots: Set<Slot>,
  { placement, setAside }: Plan,
  { moved }: News,
): Steps<ReadonlySet<string>> {
  const changed = all ? units : new Set<string>();
  for (const name of units) {
    setAside.delete(name);
    if (!all) for (const slot of slotsOf(name, placement)) slots.add(slot);
    const unit = placement.snapshot.units.get(name);
    const known = placement.wanted.get(name) ?? placement.unwanted.get(name);
    if (unit === known) continue;
    if (!all) changed.add(name);
    placement.know(name, unit, known);
    // It may have kept another unit from a machine in the last pass, and lost its own place there after that.
    if (known) moved.push(known);
    if (unit && !all) moved.push(unit);
    if (isStepOver(placement)) yield;
  }
  if (changed.size === 0) return changed;
  const { linked, altered } = yield* placement.links.update(changed, placement.snapshot.units);
  for (const name of altered) for (const slot of slotsOf(name, placement)) slots.add(slot);
  return linked;
}

/** Where a unit may stay. */
function* slotsOf(name: string, placement: Placement): Generator<Slot> {
  for (const machineID of placement.snapshot.assignments.get(name)?.keys() ?? []) {
    const slot = placement.slotOf(machineID);
    if (slot) yield slot;
  }
}

function* keepSlots(slots: ReadonlySet<Slot>, plan: Plan, { moved }: News): Steps<void> {
  const { placement, changedSlots } = plan;
  const before = new Map<Slot, ReadonlySet<Unit>>();
  for (const slot of slots) {
    before.set(slot, placement.clear(slot));
    changedSlots.add(slot);
    if (isStepOver(placement)) yield;
  }
  for (const slot of slots) yield* keepSlot(slot, plan);
  for (const [slot, units] of before) {
    for (const unit of units) if (!slot.units.has(unit)) moved.push(unit);
    for (const unit of slot.units) if (!units.has(unit)) moved.push(unit);
    if (isStepOver(placement)) yield;
  }
}

/** For a pause between many short pieces of work. */
function isStepOver({ effort }: Placement): boolean {
  effort.spend(LOOK / 5);
  return effort.isStepOver();
}

function updateUnplaced(name: string, plan: Plan): void {
  const unit = plan.placement.wanted.get(name);
  if (!unit || unit.requirements.global || plan.placement.isPlaced(name)) plan.unmarkUnplaced(name);
  else plan.markUnplaced(unit);
}

function ifWanted(unit: Unit | undefined): Unit | undefined {
  return unit?.desired === "inactive" ? undefined : unit;
}
