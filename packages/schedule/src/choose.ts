import type { Unit } from "@flotilla/model";
import type { Steps } from "./effort.ts";
import type { Filter, FilterVerdict } from "./filter/filter.ts";
import { companyFilters, filters, firstRejection } from "./filter/filters.ts";
import { machineIDFilter } from "./filter/machine-id.ts";
import { machineOfFilter } from "./filter/machine-of.ts";
import { triggeredByFilter } from "./filter/triggered-by.ts";
import { BitSet } from "./plan/bit-set.ts";
import type { Plan } from "./plan/plan.ts";
import type { Room } from "./plan/room.ts";
import { type Refusal, refusalOf, RejectionTally } from "./refusal.ts";

/** The least loaded machine that passes all filters, or why none does. */
export function* choose(unit: Unit, plan: Plan): Steps<Room | Refusal> {
  const verdicts = new Map<Room, FilterVerdict>();
  const next = candidates(unit, plan);
  for (let room = next(); room; room = next()) {
    const verdict = firstRejection(companyFilters, unit, room, plan);
    if (!verdict) return room;
    verdicts.set(room, verdict);
    plan.effort.spend(1);
    if (plan.effort.isStepOver()) yield;
  }
  return yield* refuse(unit, plan, verdicts);
}

/**
 * Another machine for a unit that keeps failing where it is: the least loaded one that it has not failed on, else the
 * one on which it failed longest ago.
 * @param tried machines on which it has failed, the latest last.
 */
export function* chooseOther(unit: Unit, here: Room, tried: readonly Room[], plan: Plan): Steps<Room | undefined> {
  const next = candidates(unit, plan);
  for (let room = next(); room; room = next()) {
    if (room !== here && !tried.includes(room) && !firstRejection(companyFilters, unit, room, plan)) return room;
    plan.effort.spend(1);
    if (plan.effort.isStepOver()) yield;
  }
  const longestAgo = [...new Set(tried.toReversed())].toReversed();
  return longestAgo.find((room) => room !== here && !firstRejection(filters, unit, room, plan));
}

/** The machines that have the ID and metadata that a unit asks for, and have who it is to be with; the least loaded first. */
function candidates(unit: Unit, plan: Plan): () => Room | undefined {
  const { eligible } = plan.classes.of(unit);
  const bound = boundTo(unit, plan);
  if (!bound) return plan.leastLoaded(eligible);
  const left = bound.filter(({ number }) => eligible.has(number));
  if (left.length < 2) return () => left.pop();
  const narrowed = new BitSet(plan.rooms.ordered.length);
  for (const { number } of left) narrowed.add(number);
  return plan.leastLoaded(narrowed);
}

/**
 * The machines that a unit with MachineID, or one that follows others, is left: one, mostly. Thousands of them need
 * not try thousands of machines. Undefined when any will do.
 */
function boundTo(unit: Unit, plan: Plan): readonly Room[] | undefined {
  const { machineID, machineOf } = unit.requirements;
  if (machineID === undefined && machineOf.length === 0 && plan.relations.leadersOf(unit.name).length === 0)
    return undefined;
  const [first, ...others] = followed(unit, plan);
  const pinned = machineID === undefined ? undefined : [plan.roomOf(machineID) ?? []].flat();
  if (!first) return pinned;
  const rooms = pinned?.filter((room) => plan.has(first.target, room)) ?? plan.placesOf(first.target);
  return rooms.filter((room) => others.every(({ target }) => plan.has(target, room)));
}

/** The units that this one has to be with, and the filter that says so. */
function followed(
  { name, requirements }: Unit,
  { relations }: Plan,
): { readonly target: string; readonly filter: Filter }[] {
  return [
    ...requirements.machineOf.map((target) => ({ target, filter: machineOfFilter })),
    ...relations.leadersOf(name).map((target) => ({ target, filter: triggeredByFilter })),
  ];
}

/**
 * Why no machine can take a unit.
 * @param verdicts what is known of machines with the metadata and the ID that it asks for.
 */
export function* refuse(
  unit: Unit,
  plan: Plan,
  verdicts: ReadonlyMap<Room, FilterVerdict> = new Map(),
): Steps<Refusal> {
  if (unit.requirements.machineID !== undefined) return refusePinned(unit, unit.requirements.machineID, plan);
  const { eligible, size, rejected } = withReasons(unit, plan);
  const [first, ...more] = followed(unit, plan);
  const tally = new RejectionTally();
  if (!first || more.length > 0) {
    for (const room of plan.rooms.ordered) {
      if (!eligible.has(room.number)) continue;
      addVerdict(unit, room, plan, tally, verdicts.get(room));
      plan.effort.spend(1);
      if (plan.effort.isStepOver()) yield;
    }
    return refusalOf([...rejected, ...tally.groups()]);
  }
  const there = plan.placesOf(first.target).filter(({ number }) => eligible.has(number));
  for (const room of there) addVerdict(unit, room, plan, tally);
  const elsewhere = plan.rooms.ordered.find((room) => eligible.has(room.number) && !plan.has(first.target, room));
  if (elsewhere) tally.add(first.filter, { subject: first.target }, elsewhere.machine, size - there.length);
  return refusalOf([...rejected, ...tally.groups()]);
}

function withReasons(unit: Unit, plan: Plan) {
  const own = plan.classes.of(unit);
  return { eligible: own.eligible, size: own.size, rejected: own.rejected() };
}

function refusePinned(unit: Unit, machineID: string, plan: Plan): Refusal {
  const tally = new RejectionTally();
  const own = plan.roomOf(machineID);
  const other = plan.rooms.ordered.find((room) => room.open && room !== own);
  if (other) tally.add(machineIDFilter, { subject: machineID }, other.machine, plan.rooms.size - (own ? 1 : 0));
  if (own) addVerdict(unit, own, plan, tally);
  return refusalOf(tally.groups());
}

function addVerdict(unit: Unit, room: Room, plan: Plan, tally: RejectionTally, known?: FilterVerdict): void {
  const verdict = known ?? firstRejection(filters, unit, room, plan);
  if (verdict) tally.add(verdict.filter, verdict.rejection, room.machine);
}
