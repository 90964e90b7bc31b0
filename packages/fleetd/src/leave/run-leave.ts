import { silentLogger, systemClock } from "@flotilla/runtime";
import type { DaemonCommand } from "../command-line.ts";
import { configSources } from "../config/config-sources.ts";
import { loadConfig } from "../config/load-config.ts";
import type { Environment } from "../daemon/shell.ts";
import { systemPaths, userPaths } from "../host/paths.ts";
import { readMachineFacts } from "../host/machine-facts.ts";
import { openAccess } from "../member/open-access.ts";
import { leaveHost } from "./leave-host.ts";

/** Runs `fleetd --leave`, which fleet-leave.service calls after fleet.service has stopped. */
export async function runLeave(command: DaemonCommand, environment: Environment): Promise<void> {
  const paths = command.user ? userPaths(environment) : systemPaths();
  await leaveHost({
    paths,
    user: command.user,
    openAccess: async () => {
      const config = await loadConfig(configSources(command, environment, paths));
      const { id: machineID } = await readMachineFacts();
      return openAccess(
        config,
        { paths, machineID },
        {
          clock: systemClock,
          random: Math.random,
          log: silentLogger,
          onRenewal: () => {},
        },
      );
    },
    say: (line) => process.stdout.write(`${line}\n`),
  });
}
