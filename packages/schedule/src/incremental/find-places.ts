import { attemptsOf, type Unit } from "@flotilla/model";
import { LOOK, type Steps } from "../effort.ts";
import { failureHere } from "../history/attempts.ts";
import { explainLosses, isHeldForLosses } from "../history/losses.ts";
import { firstRejection } from "../placement/check.ts";
import { choose, chooseOther, refuse } from "../placement/choose.ts";
import { refusalInstead, refusalOnError } from "../placement/refusal.ts";
import { Slot } from "../placement/slot.ts";
import { choiceOf } from "./choice-of.ts";
import { makeRoom } from "./make-room.ts";
import { byDepth, byName } from "./order.ts";
import type { Plan } from "./plan.ts";
import { copyLeft, copyOnDrained, goodCopy } from "./running-copy.ts";
import { addTurns, turnsOf } from "./turns.ts";

/**
 * Lets unplaced units take the place of units that they replace.
 * @param mayLeave units that may have to leave their place in this pass.
 */
export function* takeOver(mayLeave: ReadonlySet<string>, plan: Plan): Steps<void> {
  const { placement, toRetry, unplaced } = plan;
  const replacers: Unit[] = [];
  for (const name of toRetry.union(mayLeave)) {
    const unit = placement.wanted.get(name);
    if (unit && placement.links.replacedBy(name).size > 0) replacers.push(unit);
  }
  for (const unit of replacers.sort((a, b) => byDepth(a, b, placement) || byName(a, b))) {
    if (unplaced.has(unit.name) && plan.machineHeldOn(unit) === undefined) takeOverOne(unit, plan);
    placement.effort.spend(LOOK);
    if (placement.effort.isStepOver()) yield;
  }
}

function takeOverOne(unit: Unit, plan: Plan): void {
  const { placement } = plan;
  const fits = (slot: Slot): boolean =>
    plan.isolate(unit.name, () => !firstRejection(placement.rules.all, unit, slot, placement, "take-over")) === true;
  for (const other of [...placement.links.replacedBy(unit.name)].sort()) {
    const [slot] = placement.placesOf(other);
    if (!slot || !fits(slot)) continue;
    plan.forgetOutcome(unit.name);
    plan.placeOn(unit, slot, { by: "replaces", unit: other });
    plan.evictReplaced(unit, slot);
    return;
  }
}

/**
 * Moves units that keep failing. A unit that fails while a copy of it runs goes to the copy's machine.
 * @param rested units that have failed where they are, and have stayed there for the pause.
 */
export function* leaveFailing(rested: ReadonlySet<string>, plan: Plan): Steps<void> {
  for (const name of [...rested.union(plan.failingBesideCopy)].sort()) {
    const unit = plan.placement.wanted.get(name);
    if (unit && !goToCopy(unit, plan) && rested.has(name)) yield* goElsewhere(unit, plan);
  }
}

function goToCopy(unit: Unit, plan: Plan): boolean {
  const { placement } = plan;
  const [here] = placement.placesOf(unit.name);
  if (!here || !plan.failingBesideCopy.has(unit.name)) return false;
  const copy = plan.isolate(unit.name, () => goodCopy(unit, placement));
  const state = placement.snapshot.states.get(unit.name)?.get(here.machine.id);
  if (!copy || !state) return false;
  plan.failing.set(unit.name, state.problem);
  plan.takeOff(unit, here);
  plan.placeOn(unit, copy, { by: "copy-running" });
  return true;
}

function* goElsewhere(unit: Unit, plan: Plan): Steps<void> {
  const { placement } = plan;
  const failure = failureHere(unit, placement.snapshot);
  const here = failure && placement.slotOf(failure.machineID);
  if (!here || !placement.has(unit.name, here)) return;
  const tried = attemptsOf(unit, placement.snapshot).flatMap(({ machineID }) => placement.slotOf(machineID) ?? []);
  const chosen = yield* plan.isolateSteps(unit.name, () => chooseOther(unit, here, tried, placement));
  if (!chosen) return;
  plan.failing.set(unit.name, failure.reason);
  plan.takeOff(unit, here);
  plan.placeOn(unit, chosen, choiceOf(unit, chosen, placement));
}

/**
 * Places the unplaced units: those with a higher priority first, and anchors before their followers.
 * @param everywhere global units to try on all machines, and not only where other units have come or left.
 */
export function* placeUnplaced(everywhere: ReadonlySet<string>, plan: Plan): Steps<void> {
  const { placement, toRetry, unplaced } = plan;
  const waiting: Unit[] = [];
  for (const name of toRetry) {
    const unit = unplaced.get(name);
    if (unit) waiting.push(unit);
  }
  if (waiting.length > 0 || plan.changedSlots.size > 0 || everywhere.size > 0)
    waiting.push(...placement.global.values());
  const turns = turnsOf(waiting, placement);
  for (let at = 0; at < turns.length; at++) {
    const unit = turns[at]?.unit;
    if (!unit) continue;
    const slots = everywhere.has(unit.name) ? placement.slots.ordered : plan.changedSlots;
    if (isGlobal(unit)) yield* plan.isolateSteps(unit.name, () => spread(unit, slots, plan));
    else {
      const evicted = yield* placeOne(unit, plan);
      if (evicted && evicted.length > 0) addTurns(turns, turnsOf(evicted, placement), at + 1);
    }
    placement.effort.spend(LOOK);
    if (placement.effort.isStepOver()) yield;
  }
}

/** Returns the units that were evicted to make room. */
function* placeOne(unit: Unit, plan: Plan): Steps<readonly Unit[]> {
  const { placement, moment } = plan;
  const { snapshot } = placement;
  plan.forgetOutcome(unit.name);
  const isHeld = isHeldForLosses(unit, snapshot, moment);
  const copy = plan.isolate(unit.name, () => (isHeld ? goodCopy : copyLeft)(unit, placement));
  if (copy) return done(plan.placeOn(unit, copy, { by: "copy-running" }));
  const machineID = plan.machineHeldOn(unit);
  if (machineID !== undefined) {
    plan.affected.add(unit.name);
    plan.held.set(unit.name, machineID);
    return NONE;
  }
  if (isHeld) return done(plan.refuse(unit, refusalInstead(explainLosses(unit, snapshot, moment))));
  const found = yield* plan.isolateSteps(unit.name, () => choose(unit, placement));
  if (found instanceof Slot) return done(plan.placeOn(unit, found, choiceOf(unit, found, placement)));
  const left = plan.isolate(unit.name, () => copyOnDrained(unit, plan));
  if (left) return done(plan.placeOn(unit, left, { by: "copy-running" }));
  const evicted = found && (yield* plan.isolateSteps(unit.name, () => makeRoom(unit, plan)));
  if (evicted) return evicted;
  return done(plan.refuse(unit, found ?? refusalOnError(plan.setAside.get(unit.name))));
}

/** @param slots where a unit may have come or left, so that the global unit may fit now. */
function* spread(unit: Unit, slots: Iterable<Slot>, plan: Plan): Steps<void> {
  const { placement, refusals } = plan;
  const { eligible } = placement.classes.of(unit);
  for (const slot of [...slots]) {
    if (!eligible.has(slot.number) || placement.has(unit.name, slot)) continue;
    if (!firstRejection(placement.rules.beyondClass, unit, slot, placement)) plan.addTo(unit, slot);
    placement.effort.spend(1);
    if (placement.effort.isStepOver()) yield;
  }
  if (!placement.isPlaced(unit.name)) refusals.set(unit.name, yield* refuse(unit, placement));
  else if (!refusals.delete(unit.name)) return;
  plan.affected.add(unit.name);
}

const NONE: readonly Unit[] = [];

/** For a step after which no unit was evicted. */
function done(_: void): readonly Unit[] {
  return NONE;
}

function isGlobal({ requirements }: Unit): boolean {
  return requirements.global;
}
