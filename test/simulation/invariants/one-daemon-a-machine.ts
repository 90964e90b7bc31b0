import type { MakeInvariant } from "../world/world.ts";

/** No daemon takes over a machine's record from another one, and a machine's states have the lease of its record. */
export const oneDaemonAMachine: MakeInvariant = (world) => ({
  name: "a machine's record belongs to one daemon",
  onCommit: ({ writer, written }) => {
    for (const { key, before, after } of written) {
      if (!after) continue;
      if (key.startsWith("machine/") && before && before.lease !== after.lease)
        return `${writer?.name} took over ${key}, which another daemon holds`;
      // A machine that leaves has already deleted its record, and publishes until its units have stopped.
      const leaves = world.machines.some(
        ({ daemon }) => daemon?.agent.process === writer && daemon?.ending === "leave",
      );
      if (!key.startsWith("state/") || leaves) continue;
      const place = world.ledger.entries.get(`machine/${key.split("/")[1]}`);
      if (after.lease === undefined || (place && place.lease !== after.lease))
        return `${writer?.name} published ${key} under another lease than the machine's`;
    }
    return undefined;
  },
});
