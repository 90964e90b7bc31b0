import { type AssignmentStep, type ClusterSnapshot, contentOf, type MachineID, shortMachineID } from "@flotilla/model";
import type { BrokenAssignment } from "@flotilla/registry";
import type { LeaderDecision } from "../controller/controller.ts";

/** Writes an unreadable assignment again, or deletes it if the unit does not exist. */
export interface RepairDecision extends LeaderDecision, AssignmentStep {
  readonly kind: "repair" | "remove-broken";
  readonly reason: { readonly code: "unreadable" };
  readonly unit: string;
  readonly on: MachineID;
}

/** The most assignments that one pass repairs. */
const MOST_AT_ONCE = 32;

/**
 * Decides what to write for assignments whose values cannot be read. Only the engine writes assignments, so they were
 * changed by hand. Left alone, such an assignment could let the unit run in two places, or nowhere.
 *
 * The repaired assignment gets the unit's present content, and the key keeps its create revision, so the unit stays
 * where it runs. If that gives the unit two places, the scheduler removes one.
 */
export function decideRepairs(
  broken: Iterable<BrokenAssignment>,
  { units, unreadable }: Pick<ClusterSnapshot, "units" | "unreadable">,
): readonly RepairDecision[] {
  const repairs: RepairDecision[] = [];
  for (const assignment of broken) {
    if (repairs.length === MOST_AT_ONCE) break;
    // The desired state of an unreadable unit is unknown.
    if (!unreadable.has(assignment.unit)) repairs.push(repairOf(assignment, units));
  }
  return repairs;
}

function repairOf(
  { unit: name, machineID, revision }: BrokenAssignment,
  units: ClusterSnapshot["units"],
): RepairDecision {
  const unit = units.get(name);
  const common = {
    reason: { code: "unreadable" },
    unit: name,
    on: machineID,
    basis: [
      { assignment: name, machineID, revision },
      { unit: name, revision: unit?.revision ?? 0 },
    ],
  } as const;
  const where = `the assignment of ${name} to machine ${shortMachineID(machineID)} cannot be read`;
  if (!unit)
    return {
      ...common,
      kind: "remove-broken",
      sentence: `${where}, and there is no such unit; deleting the assignment`,
      writes: [{ action: "unassign", unit: name, machineID }],
    };
  const record = { ...contentOf(unit), leaving: false, stopping: false };
  return {
    ...common,
    kind: "repair",
    sentence: `${where}; writing it again from the unit`,
    writes: [{ action: "assign", unit: name, machineID, record }],
  };
}
