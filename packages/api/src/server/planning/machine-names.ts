import type { ClusterSnapshot, MachineID } from "@flotilla/model";
import type { MachineName } from "../../contract/v2/planning.ts";

/** Returns a machine by the names that people know. */
export function machineNameOf({ machines }: Pick<ClusterSnapshot, "machines">, id: MachineID): MachineName {
  const hostname = machines.get(id)?.hostname;
  return { id, ...(hostname !== undefined && { hostname }) };
}
