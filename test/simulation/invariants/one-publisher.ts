import type { Process } from "../world/process.ts";
import type { MakeInvariant } from "./invariant.ts";

/** Once a process has claimed a machine's states, nothing that another one had sent changes them. */
export const onePublisher: MakeInvariant = () => {
  const claimants = new Map<string, Process>();
  return {
    name: "states are written by who claimed them last",
    onCommit: ({ writer, written }) => {
      for (const { key, after } of written) {
        const [head, machineID = ""] = key.split("/");
        if (head === "publisher" && after && writer) claimants.set(machineID, writer);
        const claimant = claimants.get(machineID);
        if (head === "state" && writer && writer !== claimant)
          return `${writer.name} has written ${key}, which ${claimant?.name ?? "nobody"} has claimed`;
      }
      return undefined;
    },
  };
};
