import { attemptsOf, type Unit } from "@flotilla/model";
import { LOOK, type Steps } from "../effort.ts";
import { chooseWhere } from "../placement/choose.ts";
import type { Slot } from "../placement/slot.ts";
import { Availability, isUp } from "./availability.ts";
import { byName } from "./order.ts";
import type { Going, Plan } from "./plan.ts";
import { asIfGone, canTake, unitsTogether } from "./units-together.ts";

/** The units of machines that are drained. They may leave in this pass. */
export function unitsToDrain({ draining }: Plan): readonly Unit[] {
  return [...draining].flatMap(({ units }) => [...units].filter(({ requirements }) => !requirements.global));
}

/**
 * Moves units away from machines that are drained, a few at a time. Notes why the others stay: `plan.staying`. All of it
 * is decided again in each pass, because it depends on which units are up by now.
 */
export function* leaveDrained(plan: Plan): Steps<void> {
  if (plan.draining.size === 0) return;
  const availability = new Availability(plan);
  for (const slot of [...plan.draining].sort((a, b) => a.number - b.number)) {
    let free = plan.pace.most - movingFrom(slot, plan);
    const seen = new Set<string>();
    for (const unit of unitsOf(slot).sort(byName)) {
      if (seen.has(unit.name) || !plan.placement.has(unit.name, slot)) continue;
      const units = unitsTogether(unit, slot, plan.placement);
      for (const { name } of units) seen.add(name);
      free -= yield* leaveTogether(units, slot, { free, availability, plan });
      plan.placement.effort.spend(LOOK * units.length);
      if (plan.placement.effort.isStepOver()) yield;
    }
  }
}

interface Leaving {
  /** How many units may still begin to move. */
  readonly free: number;
  readonly availability: Availability;
  readonly plan: Plan;
}

/** @returns how many units begin to move. */
function* leaveTogether(units: readonly Unit[], slot: Slot, { free, availability, plan }: Leaving): Steps<number> {
  const { placement, staying } = plan;
  const stays = (why: readonly string[], waits = false): number => {
    for (const { name } of units) staying.set(name, { unit: name, on: slot.machine.id, why, waits });
    return 0;
  };
  // What has begun must go on: a unit whose machine stops it first would be started there again.
  const hasBegun = units.some(({ name }) => placement.snapshot.assignments.get(name)?.get(slot.machine.id)?.stopping);
  if (!hasBegun) {
    const pinned = units.flatMap((unit) => pinnedBy(unit, plan) ?? []);
    if (pinned.length > 0) return stays(pinned);
    const problems = !plan.pace.waitsForInstances ? [] : units.flatMap((unit) => availability.problem(unit) ?? []);
    if (problems.length > 0)
      return stays(
        problems.map((problem) => `it waits: ${problem}`),
        true,
      );
    if (free <= 0) return stays([`it waits: at most ${plan.pace.most} units move at once`], true);
  }
  const to = yield* otherSlot(units, slot, plan);
  if (!to) return stays(["no other machine can take it"]);
  plan.moveTogether(units, slot, to, { why: "drained", reason: slot.machine.drain?.reason ?? "" } satisfies Going);
  return hasBegun ? 0 : units.length;
}

/** Why a unit cannot leave its machine at all. */
export function pinnedBy({ name, requirements }: Unit, { placement }: Plan): string | undefined {
  const { machineID, neverMoves } = requirements;
  if (machineID !== undefined) return `${name} has MachineID=${machineID}`;
  if (neverMoves) return `${name} has NeverMoves=true`;
  const cycle = placement.links.cycleOf(name);
  return cycle && `${name} is in a cycle of MachineOf=`;
}

/** The best other machine for units that must stay together: one on which none has failed, if there is one. */
export function* otherSlot(units: readonly Unit[], here: Slot, plan: Plan): Steps<Slot | undefined> {
  const { placement } = plan;
  const [first] = units;
  if (!first) return undefined;
  const failedOn = new Set(
    units.flatMap((unit) => attemptsOf(unit, placement.snapshot)).map(({ machineID }) => machineID),
  );
  const fits = (slot: Slot): boolean => slot !== here && canTake(slot, units, placement);
  const search = function* (): Steps<Slot | undefined> {
    const untried = yield* chooseWhere(first, placement, (slot) => !failedOn.has(slot.machine.id) && fits(slot));
    return untried || failedOn.size === 0 ? untried : yield* chooseWhere(first, placement, fits);
  };
  return yield* plan.isolateSteps(first.name, () => asIfGone(units, here, placement, search));
}

/** How many units that have left the machine, or are being stopped there, are not up elsewhere yet. */
function movingFrom({ machine }: Slot, { placement: { snapshot } }: Plan): number {
  let moving = 0;
  for (const { unit, leaving, stopping } of snapshot.assignmentsOn.get(machine.id)?.values() ?? []) {
    if (!leaving && !stopping) continue;
    const places = [...(snapshot.assignments.get(unit)?.values() ?? [])];
    if (stopping || !places.some((place) => !place.leaving && isUp(place, snapshot))) moving += 1;
  }
  return moving;
}

function unitsOf({ units }: Slot): Unit[] {
  return [...units].filter(({ requirements }) => !requirements.global);
}
