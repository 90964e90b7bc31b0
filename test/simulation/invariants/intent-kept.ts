import type { Intents } from "../clients/intents.ts";
import { unitOf } from "../world/records.ts";
import type { MakeInvariant } from "./invariant.ts";

/** Units come, change and go because a client asked for it, and for no other reason. */
export function intentKept(intents: Intents): MakeInvariant {
  return () => ({
    name: "nothing accepted is lost, and nothing is made up",
    onCommit: ({ written }) => {
      for (const { key, before, after } of written) {
        if (!key.startsWith("unit/")) continue;
        const name = key.slice("unit/".length);
        if (!intents.explain(name, before && unitOf(before), after && unitOf(after)))
          return `nobody who waits for an answer has asked that ${name} be ${after ? after.value : "gone"}`;
      }
      return undefined;
    },
  });
}
