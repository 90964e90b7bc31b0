import type { Unit } from "@flotilla/model";
import { LOOK, type Steps } from "../effort.ts";
import type { Room } from "../plan/room.ts";
import type { Touched } from "../touched.ts";
import type { Arrangement } from "./arrangement.ts";
import { isOutdone } from "./running-copy.ts";
import { keepRoom } from "./keep-room.ts";

/** What a pass has to look at, beside what the arrangement itself says. */
export interface News {
  /** Units that came or went, or are others than before: as they were, and as they are. */
  readonly moved: Unit[];
  /** Global units that may have to be on any machine. */
  readonly anew: Set<string>;
}

/** Brings the arrangement to where all stay who may: only what changes touch is looked at. */
export function* takeIn(touched: Touched, arrangement: Arrangement): Steps<News> {
  const { plan, provisional, newcomers, refusals } = arrangement;
  const news: News = { moved: [...newcomers], anew: new Set() };
  const rooms = new Set(provisional);
  provisional.clear();
  newcomers.length = 0;
  takeInMachines(touched, rooms, arrangement, news);
  yield* takeInPlaces(touched, rooms, arrangement);
  const linked = yield* takeInUnits(touched, rooms, arrangement, news);
  for (const names of [touched.units, touched.known]) {
    for (const name of names) {
      takeInCopies(name, arrangement);
      if (isStepOver(plan)) yield;
    }
  }
  const others = yield* keepRooms(rooms, arrangement, news);
  for (const name of touched.units) {
    reconsider(name, arrangement);
    if (isStepOver(plan)) yield;
  }
  for (const { name } of news.moved) if (!touched.units.has(name)) others.add(name);
  for (const name of others) {
    arrangement.concerned.add(name);
    reconsider(name, arrangement);
  }
  for (const name of linked) reawake(name, arrangement);
  for (const name of plan.global.keys()) {
    const isOut = !plan.isPlaced(name) && (touched.machines.size > 0 || !refusals.has(name));
    if (isOut || touched.units.has(name)) news.anew.add(name);
  }
  return news;
}

function takeInCopies(name: string, { plan, outdone }: Arrangement): void {
  if (isOutdone(name, plan.snapshot)) outdone.add(name);
  else outdone.delete(name);
}

function takeInMachines(touched: Touched, rooms: Set<Room>, arrangement: Arrangement, news: News): void {
  const { plan, refusals } = arrangement;
  const { opened, closed, changed } = plan.updateRooms(touched.machines);
  for (const room of closed) {
    rooms.delete(room);
    news.moved.push(...plan.clear(room));
  }
  for (const room of [...opened, ...changed]) rooms.add(room);
  if (opened.length + closed.length + changed.length > 0) {
    for (const name of refusals.keys()) reawake(name, arrangement);
  }
  if (touched.all) return;
  for (const id of touched.machines)
    for (const unit of plan.snapshot.assignmentsOn.get(id)?.keys() ?? [])
      touched.note({ kind: "assignment", unit, machineID: id });
}

/**
 * What changes at one place of a global unit is no matter of its other places, unless it was exclusive and is to
 * stop, or its copies restart one after the other.
 */
function* takeInPlaces(touched: Touched, rooms: Set<Room>, { plan }: Arrangement): Steps<void> {
  const { units, assignments } = plan.snapshot;
  for (const [machineID, names] of touched.places) {
    const room = plan.roomOf(machineID);
    if (room) rooms.add(room);
    for (const name of names) {
      const unit = isWanted(units.get(name));
      const assignment = assignments.get(name)?.get(machineID);
      if (!unit?.requirements.global) touched.units.add(name);
      else if (assignment?.stopping || assignment?.restart !== unit.restart) touched.known.add(name);
      if (isStepOver(plan)) yield;
    }
  }
}

/** Returns the names of all units whose relations may have changed. */
function* takeInUnits(
  { units, all }: Touched,
  rooms: Set<Room>,
  { plan }: Arrangement,
  { moved }: News,
): Steps<ReadonlySet<string>> {
  const changed = all ? units : new Set<string>();
  for (const name of units) {
    if (!all) for (const room of roomsOf(name, plan)) rooms.add(room);
    const unit = plan.snapshot.units.get(name);
    const known = plan.wanted.get(name) ?? plan.unwanted.get(name);
    if (unit === known) continue;
    if (!all) changed.add(name);
    plan.know(name, unit, known);
    if (known) moved.push(known);
    if (unit && !all) moved.push(unit);
    if (isStepOver(plan)) yield;
  }
  if (changed.size === 0) return changed;
  const { linked, altered } = yield* plan.relations.update(changed, plan.snapshot.units);
  for (const name of altered) for (const room of roomsOf(name, plan)) rooms.add(room);
  return linked;
}

/** Where it has a place, and where it may stay. */
function* roomsOf(name: string, plan: Arrangement["plan"]): Generator<Room> {
  yield* plan.placesOf(name);
  for (const machineID of plan.snapshot.assignments.get(name)?.keys() ?? []) {
    const room = plan.roomOf(machineID);
    if (room) yield room;
  }
}

/** Returns the names of those who may not stay, or might not before. */
function* keepRooms(rooms: ReadonlySet<Room>, arrangement: Arrangement, { moved }: News): Steps<Set<string>> {
  const { plan, touched } = arrangement;
  const ousted = new Set<string>();
  const before = new Map<Room, ReadonlySet<Unit>>();
  for (const room of rooms) {
    for (const name of room.ousted.keys()) ousted.add(name);
    before.set(room, plan.clear(room));
    touched.add(room);
    if (isStepOver(plan)) yield;
  }
  for (const room of rooms) yield* keepRoom(room, arrangement);
  for (const [room, units] of before) {
    for (const name of room.ousted.keys()) ousted.add(name);
    for (const unit of units) if (!room.units.has(unit)) moved.push(unit);
    for (const unit of room.units) if (!units.has(unit)) moved.push(unit);
    if (isStepOver(plan)) yield;
  }
  return ousted;
}

/** Between two of many things that are done soon. */
function isStepOver({ effort }: Arrangement["plan"]): boolean {
  effort.spend(LOOK / 5);
  return effort.isStepOver();
}

function reconsider(name: string, arrangement: Arrangement): void {
  const { plan } = arrangement;
  const unit = plan.wanted.get(name);
  if (!unit || unit.requirements.global || plan.isPlaced(name)) arrangement.settled(name);
  else arrangement.makeHomeless(unit);
}

function reawake(name: string, arrangement: Arrangement): void {
  if (arrangement.homeless.has(name)) arrangement.awake.add(name);
}

function isWanted(unit: Unit | undefined): Unit | undefined {
  return unit?.desired === "inactive" ? undefined : unit;
}
