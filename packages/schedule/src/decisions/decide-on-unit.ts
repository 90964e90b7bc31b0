import { type Assignment, type Machine, shortMachineID, type Unit } from "@flotilla/model";
import { isExclusive, isOver } from "../history/exclusive.ts";
import { isHeldForLosses, lossAt, noteLosses } from "../history/losses.ts";
import { byAge } from "../incremental/order.ts";
import type { Plan } from "../incremental/plan.ts";
import { copyOnDrained } from "../incremental/running-copy.ts";
import { unitsTogether } from "../incremental/units-together.ts";
import { decideOnContent } from "./decide-on-content.ts";
import { decideOnRefused } from "./decide-on-refused.ts";
import type { Decision, Reason } from "./decision.ts";
import { endCopies, endCopy } from "./end-copies.ts";
import { move, place } from "./move.ts";
import { noteLost } from "./note-lost.ts";
import { explainVerdict, reasonOf } from "./reason-sentence.ts";
import { basedOn, basedOnUnit, unassign } from "./writes.ts";

/** Decides on a unit that needs one place: the changes from its present place to the planned one. */
export function decideOnUnit(unit: Unit, plan: Plan): Decision[] {
  const { placement } = plan;
  const present = placement.snapshot.assignments.get(unit.name);
  const to = placement.placesOf(unit.name)[0]?.machine;
  if (to && plan.waiting.has(unit.name)) return leaveFor(to, unit, plan);
  if (to && present?.size === 1) {
    const only = present.get(to.id);
    if (only && !only.leaving) return decideOnContent(unit, only);
  }
  const assignments = [...(present?.values() ?? [])].sort(byAge);
  return to ? bringTo(unit, to, assignments, plan) : withoutPlace(unit, assignments, plan);
}

function bringTo(unit: Unit, to: Machine, assignments: readonly Assignment[], plan: Plan): Decision[] {
  const there = assignments.find(({ machineID }) => machineID === to.id);
  const others = assignments.filter((assignment) => assignment !== there);
  const places = others.filter(({ leaving }) => !leaving);
  if (there && !there.leaving) {
    const superfluous = places.map((assignment) => unplaceSecond(unit, assignment, "it has another place already"));
    return [...decideOnContent(unit, there), ...superfluous, ...endCopies(unit, there, others, plan)];
  }
  const [from, ...rest] = places;
  if (from && waitsForExclusive(unit, from, to, plan)) return [];
  const superfluous = rest.map((assignment) => unplaceSecond(unit, assignment, "it gets another place"));
  return [from ? move(unit, from, to, there, plan) : place(unit, to, there, plan), ...superfluous];
}

/**
 * Whether the unit goes together with an exclusive unit that must stop first. Where that unit goes is decided once it
 * has stopped; a unit that went ahead might have to move twice.
 */
function waitsForExclusive(unit: Unit, from: Assignment, to: Machine, { placement, moment }: Plan): boolean {
  const { snapshot } = placement;
  const slot = placement.slotOf(to.id);
  if (!slot || !snapshot.machines.has(from.machineID)) return false;
  return unitsTogether(unit, slot, placement).some((other) => {
    const there = snapshot.assignments.get(other.name)?.get(from.machineID);
    return there !== undefined && isExclusive(other, snapshot) && !isOver(there, snapshot, moment);
  });
}

/**
 * Decides on a unit that waits until others have made room for it. The plan has given its present place away. A copy, and a
 * place on a machine that is away, stay until the unit has its new place.
 */
function leaveFor(to: Machine, unit: Unit, plan: Plan): Decision[] {
  const { assignments, machines } = plan.placement.snapshot;
  return [...(assignments.get(unit.name)?.values() ?? [])]
    .filter(({ machineID, leaving }) => !leaving && machineID !== to.id && machines.has(machineID))
    .map((assignment) => unplaceForbidden(unit, assignment, plan));
}

/**
 * Decides on a unit that no machine can take. The unit keeps its place on a machine that is away, for when that machine
 * returns.
 */
function withoutPlace(unit: Unit, assignments: readonly Assignment[], plan: Plan): Decision[] {
  const { placement, moment } = plan;
  const { snapshot } = placement;
  const decisions = decideOnRefused(unit, plan);
  const isHeld = plan.held.has(unit.name);
  // While the unit waits for a machine that is away, a copy on a drained machine may be all that runs.
  const lastCopy = isHeld ? copyOnDrained(unit, plan)?.machine.id : undefined;
  if (!isHeld && isHeldForLosses(unit, snapshot, moment))
    return [...decisions, ...assignments.flatMap((assignment) => hold(unit, assignment, plan))];
  for (const assignment of assignments) {
    const isHere = snapshot.machines.has(assignment.machineID);
    if (lossAt(assignment, snapshot, moment) && !isHeld) decisions.push(noteAt(unit, assignment, plan));
    else if (!isHere && !assignment.leaving) decisions.push(...decideOnContent(unit, assignment));
    else if (isHere && assignment.leaving && assignment.machineID === lastCopy) continue;
    else if (isHere && assignment.leaving)
      decisions.push(endCopy(unit, assignment, { code: "no-replacement" }, "it may not be there any more"));
    else if (isHere) decisions.push(unplaceForbidden(unit, assignment, plan));
  }
  return decisions;
}

/**
 * Keeps the assignment, but marks it as leaving, so that the machine may keep the unit running when it returns, but
 * does not start the unit again.
 */
function hold(unit: Unit, assignment: Assignment, plan: Plan): Decision[] {
  if (assignment.leaving || plan.placement.snapshot.machines.has(assignment.machineID)) return [];
  return [noteAt(unit, assignment, plan)];
}

function noteAt(unit: Unit, assignment: Assignment, { placement: { snapshot }, moment }: Plan): Decision {
  return noteLost(unit, [assignment], noteLosses([assignment], unit, snapshot, moment));
}

function unplaceForbidden(unit: Unit, assignment: Assignment, plan: Plan): Decision {
  const { placement } = plan;
  const verdict = plan.verdictOn(unit.name, assignment.machineID);
  if (!verdict) return unplaceSecond(unit, assignment, "it has another place already");
  return unplace(unit, assignment, reasonOf(verdict), explainVerdict(verdict, unit, assignment.machineID, placement));
}

function unplaceSecond(unit: Unit, assignment: Assignment, why: string): Decision {
  return unplace(unit, assignment, { code: "placed-twice" }, why);
}

function unplace(unit: Unit, assignment: Assignment, reason: Reason, why: string): Decision {
  return {
    kind: "unplace",
    unit: unit.name,
    from: assignment.machineID,
    reason,
    sentence: `${unit.name} leaves machine ${shortMachineID(assignment.machineID)}: ${why}`,
    writes: [unassign(assignment)],
    basis: [basedOnUnit(unit), basedOn(assignment)],
  };
}
