import type { Assignment, Machine, MachineID, Unit } from "@flotilla/model";
import type { Arrangement } from "./arrange/arrangement.ts";
import type { Decision, Reason } from "./decision.ts";
import { assign, basedOn, basedOnMachine, basedOnUnit, contentOf, decideOnContent, unassign } from "./ground.ts";
import { explainVerdict } from "./reason-sentence.ts";
import { decideOnRefused } from "./decide-on-refused.ts";
import { shortID } from "./wording.ts";

/** What is no matter of one machine alone: that there is none for a global unit. */
export function decideOnGlobal(unit: Unit, arrangement: Arrangement): Decision[] {
  return decideOnRefused(unit, arrangement);
}

/**
 * A global unit has one assignment on every machine that may have it. On a machine that is away it keeps
 * the one that it has: nothing takes its place elsewhere, and a machine that comes back goes on with it.
 * @param turn the machine whose copy restarts next, if one is to.
 */
export function decideOnGlobalAt(
  unit: Unit,
  machineID: MachineID,
  arrangement: Arrangement,
  turn: MachineID | undefined,
): Decision | undefined {
  const { plan } = arrangement;
  const room = plan.roomOf(machineID);
  if (!room) return undefined;
  const assignment = plan.snapshot.assignments.get(unit.name)?.get(machineID);
  if (!plan.has(unit.name, room)) return assignment && leaveMachine(unit, assignment, arrangement);
  if (!assignment || assignment.leaving) return placeOn(unit, room.machine, assignment);
  const isAtOnce = unit.desired !== "launched" || assignment.hash !== unit.hash || turn === machineID;
  const restart = isAtOnce ? unit.restart : assignment.restart;
  return decideOnContent(unit, assignment, { ...contentOf(unit), restart })[0];
}

function placeOn(unit: Unit, machine: Machine, present: Assignment | undefined): Decision {
  return {
    kind: "place",
    unit: unit.name,
    to: machine.id,
    reason: { code: "wanted", choice: { by: "global" } },
    sentence: `${unit.name} goes to machine ${shortID(machine.id)}: it is global`,
    writes: [assign(unit, machine.id)],
    basis: [basedOnUnit(unit), basedOnMachine(machine), ...(present ? [basedOn(present)] : [])],
  };
}

function leaveMachine(unit: Unit, assignment: Assignment, arrangement: Arrangement): Decision {
  const { machineID } = assignment;
  const verdict = arrangement.verdictOn(unit.name, machineID);
  const reason: Reason = verdict
    ? { code: "not-allowed", filter: verdict.filter.name, subject: verdict.rejection.subject }
    : { code: "machine-gone" };
  const why = verdict ? explainVerdict(verdict, unit, machineID, arrangement.plan) : "the machine is gone";
  return {
    kind: "unplace",
    unit: unit.name,
    from: machineID,
    reason,
    sentence: `${unit.name} leaves machine ${shortID(machineID)}: ${why}`,
    writes: [unassign(assignment)],
    basis: [basedOnUnit(unit), basedOn(assignment)],
  };
}
