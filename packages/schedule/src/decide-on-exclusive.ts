import { type Assignment, type ClusterSnapshot, type Machine, shortMachineID, type Unit } from "@flotilla/model";
import type { Arrangement } from "./arrange/arrangement.ts";
import { decideOnRefused } from "./decide-on-refused.ts";
import type { Decision, Moment } from "./decision.ts";
import {
  assign,
  basedOn,
  basedOnAbsence,
  basedOnMachine,
  basedOnUnit,
  decideOnContent,
  stopFirst,
  unassign,
} from "./ground.ts";
import { isBlamed, lossAt, noteLosses } from "./losses.ts";
import { explainChoice } from "./reason-sentence.ts";

/**
 * A unit that may never be active twice (docs/concepts/exclusive.md): it is given a machine only when it is certain not to
 * run on any other. A machine that is there says so itself, after it has been told to stop the unit; one that is
 * away has been away for long enough that its guard has stopped it.
 */
export function decideOnExclusive(unit: Unit, arrangement: Arrangement, moment: Moment): Decision[] {
  const { plan } = arrangement;
  const { snapshot } = plan;
  const assigned = snapshot.assignments.get(unit.name);
  const assignments = [...(assigned?.values() ?? [])];
  // One that is to be global now has several, and begins where it is.
  const places = plan.placesOf(unit.name).map(({ machine }) => machine);
  const to = places.find(({ id }) => assigned?.has(id)) ?? places[0];
  const there = to && assigned?.get(to.id);
  const others = assignments.filter((assignment) => assignment !== there);
  // What is only left to run there, or is to stop, becomes its place like any other machine.
  const isPlace = there !== undefined && !there.leaving && !there.stopping;
  const kept = there ? decideOnContent(unit, there) : [];
  const isHeld = arrangement.held.has(unit.name);
  if (isHeld || !others.every((other) => isOver(other, snapshot, moment)))
    return [...others.flatMap((other) => decideToStop(other, unit.revision, snapshot)), ...(isPlace ? kept : [])];
  if (to && (!there || (!isPlace && others.length > 0))) return [settle(unit, to, there, others, arrangement)];
  // On a machine that is away it keeps a place that it cannot have elsewhere.
  const isHeldBack = !isHeld && isBlamed(unit, snapshot, moment);
  const superfluous = others.filter(
    (other) => to || isHeldBack || snapshot.machines.has(other.machineID) || lossAt(other, snapshot, moment),
  );
  const givenUp = superfluous.map((other): Decision => {
    const decision = giveUp(other, unit.revision, snapshot);
    return { ...decision, writes: [...decision.writes, ...noteLosses([other], unit, snapshot, moment)] };
  });
  return [...givenUp, ...kept, ...decideOnRefused(unit, arrangement)];
}

/** One that nobody wants any more, or that the cluster no longer knows, goes the same way. */
export function decideOnUnwantedExclusive(
  assignment: Assignment,
  revision: number,
  snapshot: ClusterSnapshot,
  moment: Moment,
): Decision[] {
  if (isOver(assignment, snapshot, moment)) return [giveUp(assignment, revision, snapshot)];
  return decideToStop(assignment, revision, snapshot);
}

/** It is certain that the unit does not run there and will not be started. */
function isOver(
  { unit, machineID, stopping, revision }: Assignment,
  snapshot: ClusterSnapshot,
  { gone }: Moment,
): boolean {
  if (!snapshot.machines.has(machineID)) return gone.has(machineID);
  // mutation: exclusive unit cleared
  return stopping && snapshot.states.get(unit)?.get(machineID)?.cleared === revision;
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
      sentence: `${unit} is to stop on machine ${shortMachineID(machineID)} before anything else: it is exclusive`,
      writes: [stopFirst(assignment)],
      basis: [{ unit, revision }, basedOn(assignment)],
    },
  ];
}

function giveUp(assignment: Assignment, revision: number, snapshot: ClusterSnapshot): Decision {
  const { unit, machineID } = assignment;
  return {
    kind: "unplace",
    unit,
    from: machineID,
    reason: { code: "stopped" },
    sentence: `${unit} leaves machine ${shortMachineID(machineID)}: it does not run there any more`,
    writes: [unassign(assignment)],
    basis: [{ unit, revision }, ...groundsOf(assignment, snapshot)],
  };
}

function settle(
  unit: Unit,
  to: Machine,
  there: Assignment | undefined,
  others: readonly Assignment[],
  { plan, choices, moment }: Arrangement,
): Decision {
  const choice = choices.get(unit.name) ?? { by: "least-loaded", units: 0 };
  const [from] = others;
  const stopped = from ? `it has stopped on machine ${shortMachineID(from.machineID)}; ` : "";
  return {
    ...(from ? { kind: "move", from: from.machineID, to: to.id } : { kind: "place", to: to.id }),
    unit: unit.name,
    reason: { code: "wanted", choice },
    sentence: `${unit.name} goes to machine ${shortMachineID(to.id)}: ${stopped}${explainChoice(choice)}`,
    writes: [
      ...others.map(unassign),
      assign(unit, to.id),
      ...noteLosses(others.slice(0, 1), unit, plan.snapshot, moment),
    ],
    basis: [
      basedOnUnit(unit),
      basedOnMachine(to),
      { assignment: unit.name, machineID: to.id, revision: there?.revision ?? 0 },
      ...others.flatMap((other) => groundsOf(other, plan.snapshot)),
    ],
  };
}

/** A machine that is back meanwhile may run the unit again. */
function groundsOf(assignment: Assignment, { machines }: ClusterSnapshot): Decision["basis"] {
  const { machineID } = assignment;
  return [basedOn(assignment), ...(machines.has(machineID) ? [] : [basedOnAbsence(machineID)])];
}
