import { silentLogger, systemClock } from "@flotilla/runtime";
import type { DaemonCommand } from "../command-line.ts";
import { configSources } from "../config/config-sources.ts";
import { loadConfig } from "../config/load-config.ts";
import type { Environment } from "../daemon/shell.ts";
import { systemPaths, userPaths } from "../host/paths.ts";
import { openStore } from "../member/open-store.ts";
import { defaultStorePath } from "../move/store-target.ts";
import { leaveHost } from "./leave-host.ts";

/** Runs `fleetd --leave`, which fleet-leave.service calls after fleet.service has stopped. */
export async function runLeave(command: DaemonCommand, environment: Environment): Promise<void> {
  const paths = command.user ? userPaths(environment) : systemPaths();
  await leaveHost({
    paths,
    user: command.user,
    openStore: async () => {
      const config = await loadConfig(configSources(command, environment, paths));
      const { store } = await openStore(config, defaultStorePath(paths.stateDirectory), {
        clock: systemClock,
        random: Math.random,
        log: silentLogger,
        onRenewal: () => {},
      });
      return store;
    },
    say: (line) => process.stdout.write(`${line}\n`),
  });
}
