import { type Assignment, type ClusterSnapshot, type Machine, shortMachineID, type Unit } from "@flotilla/model";
import { isOver } from "../history/exclusive.ts";
import { isHeldForLosses, lossAt, noteLosses } from "../history/losses.ts";
import type { Moment } from "../history/moment.ts";
import type { Plan } from "../incremental/plan.ts";
import { decideOnContent } from "./decide-on-content.ts";
import { decideOnRefused } from "./decide-on-refused.ts";
import type { Decision } from "./decision.ts";
import { explainChoice } from "./reason-sentence.ts";
import { assign, basedOn, basedOnAbsence, basedOnMachine, basedOnUnit, stopFirst, unassign } from "./writes.ts";

/**
 * Decides on a unit that must never be active twice (docs/concepts/exclusive.md). The unit gets a machine only when it
 * certainly runs on no other. A present machine reports that it has stopped the unit. On a machine that has been away
 * for long enough, the guard has stopped the unit.
 */
export function decideOnExclusive(unit: Unit, plan: Plan, moment: Moment): Decision[] {
  const { placement } = plan;
  const { snapshot } = placement;
  const assigned = snapshot.assignments.get(unit.name);
  const assignments = [...(assigned?.values() ?? [])];
  // A unit that has become global has several places. It keeps the one where it is.
  const places = placement.placesOf(unit.name).map(({ machine }) => machine);
  const to = places.find(({ id }) => assigned?.has(id)) ?? places[0];
  const there = to && assigned?.get(to.id);
  const others = assignments.filter((assignment) => assignment !== there);
  // A copy, or an assignment whose machine must stop the unit, becomes a place only under the rules for a new machine.
  const isPlace = there !== undefined && !there.leaving && !there.stopping;
  const kept = there ? decideOnContent(unit, there) : [];
  const isHeld = plan.held.has(unit.name);
  if (isHeld || !others.every((other) => isOver(other, snapshot, moment)))
    return [...others.flatMap((other) => decideToStop(other, unit.revision, snapshot)), ...(isPlace ? kept : [])];
  const isToGo = to && (!there || (!isPlace && others.length > 0));
  if (isToGo && plan.waiting.has(unit.name)) return others.map((other) => end(other, unit.revision, snapshot));
  if (isToGo) return [goTo(unit, to, there, others, plan)];
  // A unit that cannot go elsewhere keeps its place on a machine that is away.
  const isHeldBack = !isHeld && isHeldForLosses(unit, snapshot, moment);
  const superfluous = others.filter(
    (other) => to || isHeldBack || snapshot.machines.has(other.machineID) || lossAt(other, snapshot, moment),
  );
  const ended = superfluous.map((other): Decision => {
    const decision = end(other, unit.revision, snapshot);
    return { ...decision, writes: [...decision.writes, ...noteLosses([other], unit, snapshot, moment)] };
  });
  return [...ended, ...kept, ...decideOnRefused(unit, plan)];
}

/** Decides on a place of an exclusive unit that is inactive or destroyed. */
export function decideOnUnwantedExclusive(
  assignment: Assignment,
  revision: number,
  snapshot: ClusterSnapshot,
  moment: Moment,
): Decision[] {
  if (isOver(assignment, snapshot, moment)) return [end(assignment, revision, snapshot)];
  return decideToStop(assignment, revision, snapshot);
}

function decideToStop(assignment: Assignment, revision: number, snapshot: ClusterSnapshot): Decision[] {
  const { unit, machineID, stopping } = assignment;
  if (stopping || !snapshot.machines.has(machineID)) return [];
  return [
    {
      kind: "update",
      unit,
      on: machineID,
      reason: { code: "stops-first" },
      sentence: `${unit} must stop on machine ${shortMachineID(machineID)} first: it is exclusive`,
      writes: [stopFirst(assignment)],
      basis: [{ unit, revision }, basedOn(assignment)],
    },
  ];
}

function end(assignment: Assignment, revision: number, snapshot: ClusterSnapshot): Decision {
  const { unit, machineID } = assignment;
  return {
    kind: "unplace",
    unit,
    from: machineID,
    reason: { code: "stopped" },
    sentence: `${unit} leaves machine ${shortMachineID(machineID)}: it no longer runs there`,
    writes: [unassign(assignment)],
    basis: [{ unit, revision }, ...basisOf(assignment, snapshot)],
  };
}

function goTo(
  unit: Unit,
  to: Machine,
  there: Assignment | undefined,
  others: readonly Assignment[],
  { placement, choices, moment }: Plan,
): Decision {
  const choice = choices.get(unit.name) ?? { by: "least-loaded", units: 0 };
  const [from] = others;
  const stopped = from ? `it has stopped on machine ${shortMachineID(from.machineID)}; ` : "";
  return {
    ...(from ? { kind: "move", from: from.machineID, to: to.id } : { kind: "place", to: to.id }),
    unit: unit.name,
    reason: { code: "wanted", choice },
    sentence: `${unit.name} goes to machine ${shortMachineID(to.id)}: ${stopped}${explainChoice(choice, unit)}`,
    writes: [
      ...others.map(unassign),
      assign(unit, to.id, there),
      ...noteLosses(others.slice(0, 1), unit, placement.snapshot, moment),
    ],
    basis: [
      basedOnUnit(unit),
      basedOnMachine(to),
      { assignment: unit.name, machineID: to.id, revision: there?.revision ?? 0 },
      ...others.flatMap((other) => basisOf(other, placement.snapshot)),
    ],
  };
}

/** A machine that returns meanwhile may run the unit again, which makes the decision void. */
function basisOf(assignment: Assignment, { machines }: ClusterSnapshot): Decision["basis"] {
  const { machineID } = assignment;
  return [basedOn(assignment), ...(machines.has(machineID) ? [] : [basedOnAbsence(machineID)])];
}
