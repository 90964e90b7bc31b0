import { assignmentOf } from "../world/records.ts";
import type { MakeInvariant } from "../world/world.ts";
import { ageOfKnowledge } from "./knowledge.ts";

/** An agent only stops or removes a copy that is leaving, that is, on a machine that was lost. */
export const leavingCopiesRest: MakeInvariant = (world) => ({
  name: "an agent starts nothing for a leaving copy",
  onAsked: ({ process, what, unit }) => {
    if (what === "stop" || what === "remove") return undefined;
    const lately = world.ledger.lately(`assignment/${process.machineID}/${unit}`, ageOfKnowledge(world, process));
    const isLeaving = lately.every((entry) => entry && assignmentOf(entry).leaving);
    return isLeaving ? `${process.name} asks systemd to ${what} ${unit}, whose copy there is leaving` : undefined;
  },
});
