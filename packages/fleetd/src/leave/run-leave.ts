import { silentLogger, systemClock } from "@flotilla/runtime";
import type { DaemonCommand } from "../command-line.ts";
import { configSources } from "../config/config-sources.ts";
import { loadConfig } from "../config/load-config.ts";
import type { Environment } from "../daemon/shell.ts";
import { systemPaths, userPaths } from "../host/paths.ts";
import { openStore } from "../member/open-store.ts";
import { leaveHost } from "./leave-host.ts";

/** Runs `fleetd --leave`, which fleet-leave.service calls after fleet.service has stopped. */
export async function runLeave(command: DaemonCommand, environment: Environment): Promise<void> {
  const paths = command.user ? userPaths(environment) : systemPaths();
  await leaveHost({
    paths,
    user: command.user,
    openStore: async () => {
      const config = await loadConfig(configSources(command, environment, paths));
      return openStore(config, `${paths.stateDirectory}/store.db`, {
        clock: systemClock,
        random: Math.random,
        log: silentLogger,
        onRenewal: () => {},
      });
    },
    say: (line) => process.stdout.write(`${line}\n`),
  });
}
