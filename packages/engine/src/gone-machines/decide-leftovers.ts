import { type Assignment, type ClusterSnapshot, type MachineID, shortMachineID } from "@flotilla/model";
import type { Decision } from "@flotilla/schedule";

/**
 * Decides to remove the assignments of global units on machines that are gone for good. A global unit keeps its
 * assignment on an absent machine, so that the unit continues when the machine returns. In a cluster whose machines are
 * often replaced, such assignments would accumulate forever.
 * @param gone the machines, each with the reason as a clause for messages.
 */
export function decideLeftovers(
  gone: ReadonlyMap<MachineID, string>,
  { assignmentsOn, units }: Pick<ClusterSnapshot, "assignmentsOn" | "units">,
): readonly Decision[] {
  const decisions: Decision[] = [];
  for (const [machineID, why] of gone)
    for (const assignment of assignmentsOn.get(machineID)?.values() ?? []) {
      const unit = units.get(assignment.unit);
      if (unit?.requirements.global) decisions.push(remove(assignment, unit.revision, why));
    }
  return decisions;
}

function remove({ unit, machineID, revision }: Assignment, unitRevision: number, why: string): Decision {
  return {
    kind: "unplace",
    unit,
    from: machineID,
    reason: { code: "machine-gone" },
    sentence: `${unit} leaves machine ${shortMachineID(machineID)}: ${why}`,
    writes: [{ action: "unassign", unit, machineID }],
    basis: [
      { assignment: unit, machineID, revision },
      { unit, revision: unitRevision },
      { machine: machineID, joined: 0 },
    ],
  };
}
