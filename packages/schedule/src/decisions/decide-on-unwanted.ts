import { type ClusterSnapshot, shortMachineID } from "@flotilla/model";
import type { Moment } from "../history/moment.ts";
import type { Decision } from "./decision.ts";
import { decideOnUnwantedExclusive } from "./decide-on-exclusive.ts";
import { basedOn, unassign } from "./writes.ts";

const sentences = {
  inactive: "its desired state is inactive",
  destroyed: "it is destroyed",
} as const;

/** Removes a unit that is inactive or destroyed from every machine, also from machines that are away. */
export function decideOnUnwanted(
  name: string,
  code: keyof typeof sentences,
  snapshot: ClusterSnapshot,
  moment: Moment,
): Decision[] {
  const revision = snapshot.units.get(name)?.revision ?? 0;
  return [...(snapshot.assignments.get(name)?.values() ?? [])].flatMap((assignment): Decision[] => {
    if (assignment.exclusive) return decideOnUnwantedExclusive(assignment, revision, snapshot, moment);
    return [
      {
        kind: "unplace",
        unit: name,
        from: assignment.machineID,
        reason: { code },
        sentence: `${name} leaves machine ${shortMachineID(assignment.machineID)}: ${sentences[code]}`,
        writes: [unassign(assignment)],
        basis: [{ unit: name, revision }, basedOn(assignment)],
      },
    ];
  });
}
