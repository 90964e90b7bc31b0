import type { Unit } from "@flotilla/model";
import type { Steps } from "../effort.ts";
import { firstRejection } from "../placement/check.ts";
import type { Plan } from "./plan.ts";
import { type Room, roomIn } from "./room-in.ts";

/**
 * Places a unit that preempts where units of lower priority leave enough capacity. The units with the lowest priority
 * leave, and of these as few as possible.
 *
 * @returns the units that were evicted, with their followers; undefined if no machine can take the unit even then.
 */
export function* makeRoom(unit: Unit, plan: Plan): Steps<readonly Unit[] | undefined> {
  const { placement } = plan;
  const [rule] = placement.rules.priority;
  if (!rule?.preempts(unit)) return undefined;
  let best: Room | undefined;
  const { eligible } = placement.classes.of(unit);
  const others = placement.rules.beyondClass.filter(({ kind }) => kind !== "capacity");
  for (const slot of placement.slots.ordered) {
    if (!eligible.has(slot.number)) continue;
    placement.effort.spend(1 + slot.units.size);
    if (placement.effort.isStepOver()) yield;
    if (firstRejection(others, unit, slot, placement)) continue;
    const room = roomIn(slot, unit, rule, placement);
    if (room && (!best || isBetter(room, best))) best = room;
  }
  if (!best) return undefined;
  const { slot, victims } = best;
  const evicted = victims.flatMap(({ name }) => plan.evict(name, slot, { rule, rejection: { subject: unit.name } }));
  plan.placeOn(unit, slot, { by: "preempts", units: victims.map(({ name }) => name) });
  const leaving = new Set(evicted.map(({ name }) => name));
  const assigned = placement.snapshot.assignmentsOn.get(slot.machine.id);
  if ([...leaving].some((name) => assigned?.get(name)?.leaving === false)) plan.waiting.add(unit.name);
  return evicted;
}

function isBetter(one: Room, other: Room): boolean {
  return one.rank === other.rank ? one.victims.length < other.victims.length : one.rank < other.rank;
}
