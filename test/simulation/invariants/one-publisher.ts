import type { Written } from "../world/ledger.ts";
import type { Process } from "../world/process.ts";
import type { MakeInvariant } from "./invariant.ts";

/** Once a process has claimed a machine's states, nothing that another one had sent changes them. */
export const onePublisher: MakeInvariant = ({ ledger }) => {
  const claimants = new Map<string, Process>();
  /** Who ends his lease takes with it what stands under it, whoever has claimed the states meanwhile. */
  const goesWithLease = ({ before, after }: Written): boolean =>
    !after && [...ledger.entries.values()].every(({ lease }) => lease !== before?.lease);
  return {
    name: "states are written by who claimed them last",
    onCommit: ({ writer, written }) => {
      for (const each of written) {
        const { key, after } = each;
        const [head, machineID = ""] = key.split("/");
        if (head === "publisher" && after && writer) claimants.set(machineID, writer);
        const claimant = claimants.get(machineID);
        if (head === "state" && writer && writer !== claimant && !goesWithLease(each))
          return `${writer.name} has written ${key}, which ${claimant?.name ?? "nobody"} has claimed`;
      }
      return undefined;
    },
  };
};
