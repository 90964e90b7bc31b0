import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { ConfigError } from "../config/config-error.ts";
import type { FleetdConfig } from "../config/fleetd-options.ts";

/**
 * Refuses `disable_agent` while units of the cluster run on the host: without an agent nothing would stop them, and they
 * would run here and elsewhere.
 * @throws ConfigError
 */
export async function refuseAgentless(runtimeDirectory: string, { disable_agent }: FleetdConfig): Promise<void> {
  if (!disable_agent) return;
  const units = await readdir(join(runtimeDirectory, "units")).catch(() => []);
  if (units.length === 0) return;
  throw new ConfigError(
    `cannot use disable_agent=true: ${units.length} units of the cluster are on this host; run ` +
      "`systemctl stop fleet.service`, which moves them to other machines, and start the service again",
  );
}
