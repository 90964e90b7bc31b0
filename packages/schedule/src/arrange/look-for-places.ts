import { attemptsOf, type Unit } from "@flotilla/model";
import { choose, chooseOther, refuse } from "../choose.ts";
import { failureHere } from "../decide-on-failure.ts";
import { companyFilters, firstRejection, isAboutCompany, stayFilters } from "../filter/filters.ts";
import { LOOK, type Steps } from "../effort.ts";
import { explainLosses, isBlamed } from "../losses.ts";
import { Room } from "../plan/room.ts";
import { type Refusal, refusalOnError } from "../refusal.ts";
import { type Arrangement, byName } from "./arrangement.ts";
import { copyLeft, goodCopy } from "./running-copy.ts";

/**
 * Units without a place take those of units that they replace.
 * @param mayLeave units that may themselves have to make room.
 */
export function* takeOver(mayLeave: ReadonlySet<string>, arrangement: Arrangement): Steps<void> {
  const { plan, awake, homeless } = arrangement;
  const replacers: Unit[] = [];
  for (const name of awake.union(mayLeave)) {
    const unit = plan.wanted.get(name);
    if (unit && plan.relations.replacedBy(name).size > 0) replacers.push(unit);
  }
  for (const unit of replacers.sort((a, b) => arrangement.byDepth(a, b) || byName(a, b))) {
    if (homeless.has(unit.name) && arrangement.heldOn(unit) === undefined) takeOverOne(unit, arrangement);
    plan.effort.spend(LOOK);
    if (plan.effort.isStepOver()) yield;
  }
}

function takeOverOne(unit: Unit, arrangement: Arrangement): void {
  const { plan } = arrangement;
  for (const other of [...plan.relations.replacedBy(unit.name)].sort()) {
    const [room] = plan.placesOf(other);
    if (!room || arrangement.attempt(unit.name, () => !firstRejection(stayFilters, unit, room, plan)) !== true)
      continue;
    arrangement.forgetAnswer(unit.name);
    arrangement.settleOn(unit, room, { by: "replaces", unit: other });
    arrangement.oustReplaced(unit, room);
    return;
  }
}

/**
 * Units that keep failing go elsewhere, and those that fail while a copy of theirs runs go where that is.
 * @param rested units that have failed where they are, and have been there long enough.
 */
export function* giveUp(rested: ReadonlySet<string>, arrangement: Arrangement): Steps<void> {
  for (const name of [...rested.union(arrangement.outdone)].sort()) {
    const unit = arrangement.plan.wanted.get(name);
    if (unit && !goToCopy(unit, arrangement) && rested.has(name)) yield* goElsewhere(unit, arrangement);
  }
}

function goToCopy(unit: Unit, arrangement: Arrangement): boolean {
  const { plan, outdone } = arrangement;
  const [here] = plan.placesOf(unit.name);
  const isOutdone = here !== undefined && outdone.has(unit.name);
  const copy = isOutdone ? arrangement.attempt(unit.name, () => goodCopy(unit, plan)) : undefined;
  const state = here && plan.snapshot.states.get(unit.name)?.get(here.machine.id);
  if (!here || !copy || !state) return false;
  arrangement.failing.set(unit.name, state.problem);
  arrangement.leave(unit, here);
  arrangement.settleOn(unit, copy, { by: "copy-running" });
  return true;
}

function* goElsewhere(unit: Unit, arrangement: Arrangement): Steps<void> {
  const { plan } = arrangement;
  const failure = failureHere(unit, plan.snapshot);
  const here = failure && plan.roomOf(failure.machineID);
  if (!here || !plan.has(unit.name, here)) return;
  const tried = attemptsOf(unit, plan.snapshot).flatMap(({ machineID }) => plan.roomOf(machineID) ?? []);
  const chosen = yield* arrangement.attemptInSteps(unit.name, () => chooseOther(unit, here, tried, plan));
  if (!chosen) return;
  arrangement.failing.set(unit.name, failure.reason);
  arrangement.leave(unit, here);
  arrangement.settleOn(unit, chosen, { by: "least-loaded", units: chosen.units.size });
}

/**
 * All others are placed, those first that others depend on.
 * @param anew global units that are to be tried on all machines, and not only on those with another company.
 */
export function* place(anew: ReadonlySet<string>, arrangement: Arrangement): Steps<void> {
  const { plan, awake, homeless } = arrangement;
  const queue: Turn[] = [];
  const enqueue = (unit: Unit): void => void queue.push({ unit, depth: plan.relations.depth(unit.name) });
  for (const name of awake) {
    const unit = homeless.get(name);
    if (unit) enqueue(unit);
  }
  if (queue.length > 0 || arrangement.touched.size > 0 || anew.size > 0) plan.global.forEach(enqueue);
  for (const { unit } of queue.sort(inTurn)) {
    const rooms = anew.has(unit.name) ? plan.rooms.ordered : arrangement.touched;
    if (!isGlobal(unit)) yield* placeOne(unit, arrangement);
    else yield* arrangement.attemptInSteps(unit.name, () => spread(unit, rooms, arrangement));
    plan.effort.spend(LOOK);
    if (plan.effort.isStepOver()) yield;
  }
}

interface Turn {
  readonly unit: Unit;
  readonly depth: number;
}

function inTurn(a: Turn, b: Turn): number {
  if (a.depth !== b.depth) return a.depth - b.depth;
  return Number(isGlobal(a.unit)) - Number(isGlobal(b.unit)) || byName(a.unit, b.unit);
}

function* placeOne(unit: Unit, arrangement: Arrangement): Steps<void> {
  const { plan } = arrangement;
  arrangement.forgetAnswer(unit.name);
  const { snapshot } = plan;
  const isHeld = isBlamed(unit, snapshot, arrangement.moment);
  const copy = arrangement.attempt(unit.name, () => (isHeld ? goodCopy : copyLeft)(unit, plan));
  if (copy) return arrangement.settleOn(unit, copy, { by: "copy-running" });
  const held = arrangement.heldOn(unit);
  if (held !== undefined) {
    arrangement.concerned.add(unit.name);
    arrangement.held.set(unit.name, held);
    return;
  }
  if (isHeld) {
    const instead = explainLosses(unit, snapshot, arrangement.moment);
    return noteRefusal(unit, { groups: [], others: 0, instead }, arrangement);
  }
  const found = yield* arrangement.attemptInSteps(unit.name, () => choose(unit, plan));
  if (found instanceof Room) arrangement.settleOn(unit, found, { by: "least-loaded", units: found.units.size });
  else noteRefusal(unit, found ?? refusalOnError(arrangement.setAside.get(unit.name)), arrangement);
}

function noteRefusal(unit: Unit, refusal: Refusal, { refusals, crowdedOut, concerned }: Arrangement): void {
  concerned.add(unit.name);
  refusals.set(unit.name, refusal);
  if (refusal.groups.some(({ filter }) => isAboutCompany(filter))) crowdedOut.set(unit.name, unit);
}

/** @param rooms where it may be that the unit can be now and could not be before. */
function* spread(unit: Unit, rooms: Iterable<Room>, arrangement: Arrangement): Steps<void> {
  const { plan, refusals } = arrangement;
  const { eligible } = plan.classes.of(unit);
  for (const room of [...rooms]) {
    if (!eligible.has(room.number) || plan.has(unit.name, room)) continue;
    if (!firstRejection(companyFilters, unit, room, plan)) arrangement.spreadTo(unit, room);
    plan.effort.spend(1);
    if (plan.effort.isStepOver()) yield;
  }
  if (!plan.isPlaced(unit.name)) refusals.set(unit.name, yield* refuse(unit, plan));
  else if (!refusals.delete(unit.name)) return;
  arrangement.concerned.add(unit.name);
}

function isGlobal({ requirements }: Unit): boolean {
  return requirements.global;
}
