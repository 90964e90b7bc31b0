import type { MakeInvariant } from "./invariant.ts";

/** A machine's place is not taken from a daemon that holds it, and states stand under the machine's own lease. */
export const oneDaemonAMachine: MakeInvariant = (world) => ({
  name: "a machine's place has one holder",
  onCommit: ({ writer, written }) => {
    for (const { key, before, after } of written) {
      if (!after) continue;
      if (key.startsWith("machine/") && before && before.lease !== after.lease)
        return `${writer?.name} has taken the place ${key} that another daemon holds`;
      // A machine that leaves has given its place up already, and reports until its units have stopped.
      const leaves = world.machines.some(
        ({ daemon }) => daemon?.agent.process === writer && daemon?.ending === "leave",
      );
      if (!key.startsWith("state/") || leaves) continue;
      const place = world.ledger.entries.get(`machine/${key.split("/")[1]}`);
      if (after.lease === undefined || (place && place.lease !== after.lease))
        return `${writer?.name} has published ${key} under a lease that is not the machine's`;
    }
    return undefined;
  },
});
