import type { Intents } from "../clients/intents.ts";
import { unitOf } from "../world/records.ts";
import type { MakeInvariant } from "../world/world.ts";

/** Units in the store are created, changed and destroyed only because a client has requested it. */
export function intentKept(intents: Intents): MakeInvariant {
  return () => ({
    name: "units change only as clients have requested",
    onCommit: ({ written }) => {
      for (const { key, before, after } of written) {
        if (!key.startsWith("unit/")) continue;
        const name = key.slice("unit/".length);
        const change = [name, before && unitOf(before), after && unitOf(after)] as const;
        if (!intents.explain(...change) && !intents.explainAlong(...change))
          return `no open request explains that ${name} is now ${after ? after.value : "destroyed"}`;
      }
      return undefined;
    },
  });
}
