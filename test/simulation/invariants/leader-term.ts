import type { Process } from "../world/process.ts";
import type { MakeInvariant } from "../world/world.ts";

const LEADER = "engine/leader";
const ATTENDANCE = "engine/roll";

/** Only the leader writes assignments and the attendance, and deletes files. Nobody takes the seat while it is held. */
export const leaderTerm: MakeInvariant = () => {
  let leader: Process | undefined;
  return {
    name: "only the leader makes the engine's writes",
    onCommit: ({ writer, written }) => {
      for (const { key, before, after } of written) {
        const ofEngine =
          /^(assignment|roll)\//.test(key) || key === ATTENDANCE || (key.startsWith("file/") && after === undefined);
        if (ofEngine && writer !== leader)
          return `${writer?.name} wrote ${key} while ${leader?.name ?? "nobody"} leads`;
        if (key !== LEADER) continue;
        if (before && after && before.lease !== after.lease)
          return `${writer?.name} took the seat while another engine held it`;
        leader = after ? writer : undefined;
      }
      return undefined;
    },
  };
};
