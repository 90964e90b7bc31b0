import type { Written } from "../world/ledger.ts";
import type { Process } from "../world/process.ts";
import type { MakeInvariant } from "../world/world.ts";

/** Once a process has claimed a machine's states, late writes of other processes do not change them. */
export const onePublisher: MakeInvariant = ({ ledger }) => {
  const claimants = new Map<string, Process>();
  /** Whether the state was deleted because its lease was revoked, which any holder of the lease may do. */
  const goesWithLease = ({ before, after }: Written): boolean =>
    !after && [...ledger.entries.values()].every(({ lease }) => lease !== before?.lease);
  return {
    name: "only the last claimant writes a machine's states",
    onCommit: ({ writer, written }) => {
      for (const each of written) {
        const { key, after } = each;
        const [head, machineID = ""] = key.split("/");
        if (head === "publisher" && after && writer) claimants.set(machineID, writer);
        const claimant = claimants.get(machineID);
        if (head === "state" && writer && writer !== claimant && !goesWithLease(each))
          return `${writer.name} wrote ${key}, which ${claimant?.name ?? "nobody"} has claimed`;
      }
      return undefined;
    },
  };
};
