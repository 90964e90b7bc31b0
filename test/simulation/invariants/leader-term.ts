import type { Process } from "../world/process.ts";
import type { MakeInvariant } from "./invariant.ts";

const LEADER = "engine/leader";
const ATTENDANCE = "engine/roll";

/** Only the engine whose term it is writes assignments and the attendance and deletes files, and a seat that is taken is not taken away. */
export const leaderTerm: MakeInvariant = () => {
  let leader: Process | undefined;
  return {
    name: "only the leader writes, in its term",
    onCommit: ({ writer, written }) => {
      for (const { key, before, after } of written) {
        const ofEngine =
          /^(assignment|roll)\//.test(key) || key === ATTENDANCE || (key.startsWith("file/") && after === undefined);
        if (ofEngine && writer !== leader)
          return `${writer?.name} has written ${key} while ${leader?.name ?? "nobody"} leads`;
        if (key !== LEADER) continue;
        if (before && after && before.lease !== after.lease) return `${writer?.name} has taken a seat that was taken`;
        leader = after ? writer : undefined;
      }
      return undefined;
    },
  };
};
