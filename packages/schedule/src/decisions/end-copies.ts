import { type Assignment, isStarted, shortMachineID, type Unit } from "@flotilla/model";
import type { Plan } from "../incremental/plan.ts";
import type { Decision, Reason } from "./decision.ts";
import { basedOn, basedOnUnit, unassign } from "./writes.ts";

/** Ends copies that are no longer needed, because the unit is up in its place, or because their machine must be empty. */
export function endCopies(unit: Unit, place: Assignment, copies: readonly Assignment[], plan: Plan): Decision[] {
  const leaving = copies.filter((copy) => copy.leaving);
  if (leaving.length === 0) return [];
  const isUp = isUpIn(place, unit, plan);
  return leaving.flatMap((copy) => {
    if (plan.moment.overdue.has(copy.machineID)) return endOverdue(unit, copy);
    return isUp && !isBusy(copy, unit, plan) ? endReplaced(unit, place, copy) : [];
  });
}

/** Whether the unit is up in its new place for longer than a moment, so that copies elsewhere may go. */
function isUpIn({ machineID }: Assignment, unit: Unit, { placement, moment: { steady } }: Plan): boolean {
  const state = placement.snapshot.states.get(unit.name)?.get(machineID);
  if (unit.desired !== "launched") return state?.load === "loaded";
  return state !== undefined && isStarted(state) && steady.has(unit.name);
}

/** Whether a job that something else has started, such as a timer, still runs on a machine that is drained. */
function isBusy({ machineID }: Assignment, unit: Unit, { placement }: Plan): boolean {
  if (unit.desired === "launched" || !placement.slotOf(machineID)?.machine.drain) return false;
  return placement.snapshot.states.get(unit.name)?.get(machineID)?.active === "activating";
}

function endReplaced(unit: Unit, place: Assignment, copy: Assignment): Decision {
  const why = `it is up on ${shortMachineID(place.machineID)}`;
  return endCopy(unit, copy, { code: "replacement-ready" }, why, [basedOn(place)]);
}

function endOverdue(unit: Unit, copy: Assignment): Decision {
  return endCopy(unit, copy, { code: "drain-deadline" }, "the machine is drained, and the deadline has passed");
}

export function endCopy(
  unit: Unit,
  copy: Assignment,
  reason: Reason,
  why: string,
  basis: Decision["basis"] = [],
): Decision {
  return {
    kind: "end-copy",
    unit: unit.name,
    on: copy.machineID,
    reason,
    sentence: `the copy of ${unit.name} on machine ${shortMachineID(copy.machineID)} ends: ${why}`,
    writes: [unassign(copy)],
    basis: [basedOnUnit(unit), basedOn(copy), ...basis],
  };
}
