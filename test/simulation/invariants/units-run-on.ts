import { claimantOf } from "../world/claims.ts";
import { assignmentOf } from "../world/records.ts";
import type { MakeInvariant } from "../world/world.ts";
import { ageOfKnowledge } from "./knowledge.ts";

/**
 * An agent stops or removes a unit only if the assignment says so, the machine is leaving, or the unit's socket cannot
 * start before the unit has stopped. Faults stop no unit.
 */
export const unitsRunOn: MakeInvariant = (world) => ({
  name: "faults stop no unit",
  onAsked: ({ process, what, unit }) => {
    if (what !== "stop" && what !== "remove") return undefined;
    const { machineID } = process;
    const machine = world.machines.find(({ daemon }) => daemon?.agent.process === process);
    if (machine?.daemon?.ending === "leave") return undefined;
    if (what === "stop" && machine && claimantOf(machine.host, unit) !== undefined) return undefined;
    const lately = world.ledger.lately(`assignment/${machineID}/${unit}`, ageOfKnowledge(world, process));
    const mayStop = lately.some((entry) => {
      const assignment = entry && assignmentOf(entry);
      return (
        !assignment ||
        assignment.stopping ||
        (what === "stop" && assignment.desired === "loaded" && !assignment.leaving)
      );
    });
    return mayStop ? undefined : `${process.name} asks systemd to ${what} ${unit}, which is assigned to its machine`;
  },
});
