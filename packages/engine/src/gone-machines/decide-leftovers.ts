import { type Assignment, type ClusterSnapshot, type MachineID, shortMachineID } from "@flotilla/model";
import type { Decision } from "@flotilla/schedule";

/**
 * Decides to remove the assignments of global units on machines that have been absent for so long that they count as
 * gone. A global unit keeps its assignment on an absent machine, so that the unit continues when the machine returns.
 * In a cluster whose machines are often replaced, such assignments would accumulate forever.
 * @param goneFor the absence after which a machine counts as gone, as text for messages.
 */
export function decideLeftovers(
  gone: Iterable<MachineID>,
  { assignmentsOn, units }: Pick<ClusterSnapshot, "assignmentsOn" | "units">,
  goneFor: string,
): readonly Decision[] {
  const decisions: Decision[] = [];
  for (const machineID of gone)
    for (const assignment of assignmentsOn.get(machineID)?.values() ?? []) {
      const unit = units.get(assignment.unit);
      if (unit?.requirements.global) decisions.push(remove(assignment, unit.revision, goneFor));
    }
  return decisions;
}

function remove({ unit, machineID, revision }: Assignment, unitRevision: number, goneFor: string): Decision {
  return {
    kind: "unplace",
    unit,
    from: machineID,
    reason: { code: "machine-gone" },
    sentence: `${unit} leaves machine ${shortMachineID(machineID)}: the machine has been absent for ${goneFor}`,
    writes: [{ action: "unassign", unit, machineID }],
    basis: [
      { assignment: unit, machineID, revision },
      { unit, revision: unitRevision },
      { machine: machineID, joined: 0 },
    ],
  };
}
