import type { MachineSettings } from "@flotilla/model";
import type { MakeInvariant, World } from "../world/world.ts";

/** The greatest age of the snapshot on which a leader's write is based, in milliseconds. */
const UNSEEN_MS = 15_000;

/**
 * A machine that is drained or cordoned gets no new unit, so a drained machine stays empty once it is empty. A copy that
 * it still has may become the unit's place again: the machine keeps it.
 */
export const drainedStayEmpty: MakeInvariant = (world) => ({
  name: "a drained machine gets no new unit",
  onCommit: ({ written }) => {
    for (const { key, before, after } of written) {
      const [kind, machineID = "", unit] = key.split("/");
      if (kind !== "assignment" || before || !after || !isOutOfUse(world, machineID)) continue;
      return `${unit} was placed on ${world.nameOf(machineID)}, which is drained or cordoned`;
    }
    return undefined;
  },
});

/** Whether an operator has kept new units away from the machine for so long that the leader has seen it. */
export function isOutOfUse({ ledger }: World, machineID: string, ms = UNSEEN_MS): boolean {
  return ledger.lately(`machine-settings/${machineID}`, ms).every((entry) => {
    const { cordon, drain } = entry ? (JSON.parse(entry.value) as MachineSettings) : {};
    return cordon !== undefined || drain !== undefined;
  });
}
