import type { MachineIdentity, SavedIdentity } from "@flotilla/membership";
import { ConfigError } from "../config/config-error.ts";

/**
 * Loads the identity that joining the cluster has written.
 * @throws ConfigError if there is none, or if it is of another machine, as after a disk was cloned.
 */
export function loadAgentIdentity(saved: SavedIdentity, path: string, machineID: string): MachineIdentity {
  const identity = saved.load(machineID, "agent");
  if (identity) return identity;
  throw new ConfigError(
    `cannot use servers=: ${path} has no identity of this machine (machine ID ${machineID}); join the cluster with ` +
      "`fleetctl join SERVER --token TOKEN`",
  );
}
