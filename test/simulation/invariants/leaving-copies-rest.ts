import { assignmentOf } from "../world/records.ts";
import type { MakeInvariant } from "./invariant.ts";
import { ageOfKnowledge } from "./knowledge.ts";

/** On a machine that was lost, nothing is begun for a unit that has another place by now. */
export const leavingCopiesRest: MakeInvariant = (world) => ({
  name: "nothing is begun for a leaving copy",
  onAsked: ({ process, what, unit }) => {
    if (what === "stop" || what === "remove") return undefined;
    const lately = world.ledger.lately(`assignment/${process.machineID}/${unit}`, ageOfKnowledge(world, process));
    const isLeaving = lately.every((entry) => entry && assignmentOf(entry).leaving);
    return isLeaving ? `${process.name} has systemd ${what} ${unit}, which is only left to run there` : undefined;
  },
});
