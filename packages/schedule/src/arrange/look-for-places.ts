import type { Unit } from "@flotilla/model";
import { choose, chooseOther, refuse } from "../choose.ts";
import { attemptsOf, failureHere } from "../decide-on-failure.ts";
import { companyFilters, filters, firstRejection, isAboutCompany, stayFilters } from "../filter/filters.ts";
import type { Room } from "../plan/room.ts";
import type { Refusal } from "../refusal.ts";
import { type Arrangement, byAge, byName } from "./arrangement.ts";

/**
 * Units without a place take those of units that they replace.
 * @param mayLeave units that may themselves have to make room.
 */
export function takeOver(mayLeave: ReadonlySet<string>, arrangement: Arrangement): void {
  const { plan, awake, homeless } = arrangement;
  const replacers: Unit[] = [];
  for (const name of awake.union(mayLeave)) {
    const unit = plan.wanted.get(name);
    if (unit && plan.relations.replacedBy(name).length > 0) replacers.push(unit);
  }
  for (const unit of replacers.sort((a, b) => arrangement.byDepth(a, b) || byName(a, b)))
    if (homeless.has(unit.name) && arrangement.heldOn(unit) === undefined) takeOverOne(unit, arrangement);
}

function takeOverOne(unit: Unit, arrangement: Arrangement): void {
  const { plan } = arrangement;
  for (const other of plan.relations.replacedBy(unit.name).toSorted()) {
    const [room] = plan.placesOf(other);
    if (!room || firstRejection(stayFilters, unit, room, plan)) continue;
    arrangement.forgetAnswer(unit.name);
    arrangement.settleOn(unit, room, { by: "replaces", unit: other });
    arrangement.oustReplaced(unit, room);
    return;
  }
}

/**
 * Units that keep failing go elsewhere.
 * @param rested units that have failed where they are, and have been there long enough.
 */
export function giveUp(rested: Iterable<string>, arrangement: Arrangement): void {
  const { plan } = arrangement;
  for (const name of [...rested].sort()) {
    const unit = plan.wanted.get(name);
    const failure = unit && failureHere(unit, plan.snapshot);
    const here = failure && plan.roomOf(failure.machineID);
    if (!unit || !here || !plan.has(name, here)) continue;
    const tried = attemptsOf(unit, plan.snapshot).flatMap(({ machineID }) => plan.roomOf(machineID) ?? []);
    const chosen = chooseOther(unit, here, tried, plan);
    if (!chosen) continue;
    arrangement.failing.set(name, failure.reason);
    arrangement.leave(unit, here);
    arrangement.settleOn(unit, chosen, { by: "least-loaded", units: chosen.units.size });
  }
}

/**
 * All others are placed, those first that others depend on.
 * @param anew global units that are to be tried on all machines, and not only on those with another company.
 */
export function place(anew: ReadonlySet<string>, arrangement: Arrangement): void {
  const { plan, awake, homeless } = arrangement;
  const queue: Turn[] = [];
  const enqueue = (unit: Unit): void => void queue.push({ unit, depth: plan.relations.depth(unit.name) });
  for (const name of awake) {
    const unit = homeless.get(name);
    if (unit) enqueue(unit);
  }
  if (queue.length > 0 || arrangement.touched.size > 0 || anew.size > 0) plan.global.forEach(enqueue);
  for (const { unit } of queue.sort(inTurn)) {
    if (!isGlobal(unit)) placeOne(unit, arrangement);
    else spread(unit, anew.has(unit.name) ? plan.rooms.ordered : arrangement.touched, arrangement);
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

function placeOne(unit: Unit, arrangement: Arrangement): void {
  const { plan } = arrangement;
  arrangement.forgetAnswer(unit.name);
  const copy = runningCopy(unit, arrangement);
  if (copy) return arrangement.settleOn(unit, copy, { by: "copy-running" });
  const held = arrangement.heldOn(unit);
  if (held !== undefined) {
    arrangement.concerned.add(unit.name);
    arrangement.held.set(unit.name, held);
    return;
  }
  const chosen = choose(unit, plan);
  if (chosen) arrangement.settleOn(unit, chosen, { by: "least-loaded", units: chosen.units.size });
  else noteRefusal(unit, refuse(unit, plan), arrangement);
}

function noteRefusal(unit: Unit, refusal: Refusal, { refusals, crowdedOut, concerned }: Arrangement): void {
  concerned.add(unit.name);
  refusals.set(unit.name, refusal);
  if (refusal.groups.some(({ filter }) => isAboutCompany(filter))) crowdedOut.set(unit.name, unit);
}

/** A copy that was left to run on a machine that has come back spares the unit a restart. */
function runningCopy(unit: Unit, { plan }: Arrangement): Room | undefined {
  const places = plan.snapshot.assignments.get(unit.name);
  if (!places) return undefined;
  const copies = [...places.values()].filter(({ leaving }) => leaving);
  for (const { machineID } of copies.sort(byAge)) {
    const room = plan.roomOf(machineID);
    if (room && !firstRejection(filters, unit, room, plan)) return room;
  }
  return undefined;
}

/** @param rooms where it may be that the unit can be now and could not be before. */
function spread(unit: Unit, rooms: Iterable<Room>, arrangement: Arrangement): void {
  const { plan, refusals } = arrangement;
  const { eligible } = plan.classes.of(unit);
  for (const room of [...rooms]) {
    if (!eligible.has(room.number) || plan.has(unit.name, room)) continue;
    if (!firstRejection(companyFilters, unit, room, plan)) arrangement.spreadTo(unit, room);
  }
  if (!plan.isPlaced(unit.name)) refusals.set(unit.name, refuse(unit, plan));
  else if (!refusals.delete(unit.name)) return;
  arrangement.concerned.add(unit.name);
}

function isGlobal({ requirements }: Unit): boolean {
  return requirements.global;
}
