import type { LinkRefusal } from "@flotilla/link";
import type { MachineRefusal } from "./refusals.ts";

/**
 * Returns what the audit shows of a refused session, or of a refused request of an agent: the verb is the call, as
 * `range` of `/store/v1/range`.
 */
export function refusalOnLink({ machineID, isProven, remoteAddress, path, reason }: LinkRefusal): MachineRefusal {
  const common = { machineID: isProven ? machineID : undefined, from: remoteAddress, reason };
  if (path === undefined) return { ...common, verb: "session", object: `machines/${machineID ?? ""}` };
  const [, service = "", , ...call] = path.split("/");
  return { ...common, verb: call.join("/"), object: service };
}
