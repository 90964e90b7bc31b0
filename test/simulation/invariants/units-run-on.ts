import { claimantOf } from "../world/claims.ts";
import { assignmentOf } from "../world/records.ts";
import type { MakeInvariant } from "./invariant.ts";
import { ageOfKnowledge } from "./knowledge.ts";

/**
 * A unit is stopped or removed because its machine is to have it no more, or is leaving, or is stopped for its socket;
 * never for trouble.
 */
export const unitsRunOn: MakeInvariant = (world) => ({
  name: "trouble stops no unit",
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
    return mayStop ? undefined : `${process.name} has ${unit} go (${what}), which is assigned to its machine`;
  },
});
