import type { Assignment, Machine, Unit } from "@flotilla/model";
import { type Arrangement, placeKey } from "./arrange.ts";
import type { Decision, Reason } from "./decision.ts";
import { assign, basedOn, basedOnMachine, basedOnUnit, decideOnContent, unassign } from "./ground.ts";
import { explainVerdict } from "./reason-sentence.ts";
import { decideOnRefused } from "./decide-on-refused.ts";
import { shortID } from "./wording.ts";

/**
 * A global unit: one assignment on every machine that may have it. On a machine that is away it keeps
 * the one that it has: nothing takes its place elsewhere, and a machine that comes back goes on with it.
 */
export function decideOnGlobal(unit: Unit, arrangement: Arrangement): Decision[] {
  const { plan } = arrangement;
  const assignments = plan.snapshot.assignments.get(unit.name);
  const decisions: Decision[] = decideOnRefused(unit, arrangement);
  for (const number of plan.placesOf(unit.name)) {
    const machine = plan.machines[number];
    const assignment = machine && assignments?.get(machine.id);
    if (assignment && !assignment.leaving) decisions.push(...decideOnContent(unit, assignment));
    else if (machine) decisions.push(placeOn(unit, machine, assignment));
  }
  for (const assignment of assignments?.values() ?? []) {
    const machine = plan.numberOf(assignment.machineID);
    if (machine === undefined || plan.has(unit.name, machine)) continue;
    decisions.push(leaveMachine(unit, assignment, arrangement));
  }
  return decisions;
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
  const verdict = arrangement.ousted.get(placeKey(unit.name, machineID));
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
