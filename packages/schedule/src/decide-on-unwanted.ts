import { type ClusterSnapshot, shortMachineID } from "@flotilla/model";
import type { Decision, Moment } from "./decision.ts";
import { decideOnUnwantedExclusive } from "./decide-on-exclusive.ts";
import { basedOn, unassign } from "./ground.ts";

const sentences = {
  inactive: "it is to be inactive",
  destroyed: "it is destroyed",
} as const;

/** A unit that nobody wants leaves every machine, also those that are away. */
export function decideOnUnwanted(
  name: string,
  code: keyof typeof sentences,
  snapshot: ClusterSnapshot,
  moment: Moment,
): Decision[] {
  const revision = snapshot.units.get(name)?.revision ?? 0;
  return [...(snapshot.assignments.get(name)?.values() ?? [])].flatMap((assignment): Decision[] => {
    if (assignment.exclusive) return decideOnUnwantedExclusive(assignment, revision, snapshot, moment);
    const basis = [{ unit: name, revision }, basedOn(assignment)];
    const sentence = `${name} leaves machine ${shortMachineID(assignment.machineID)}: ${sentences[code]}`;
    return [
      {
        kind: "unplace",
        unit: name,
        from: assignment.machineID,
        reason: { code },
        sentence,
        writes: [unassign(assignment)],
        basis,
      },
    ];
  });
}
