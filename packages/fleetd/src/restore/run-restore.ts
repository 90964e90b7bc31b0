import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { restoreStoreFile } from "@flotilla/store/embedded";
import type { DaemonCommand } from "../command-line.ts";
import { ConfigError } from "../config/config-error.ts";
import { configSources } from "../config/config-sources.ts";
import { loadConfig } from "../config/load-config.ts";
import type { Environment } from "../daemon/shell.ts";
import { systemPaths, userPaths } from "../host/paths.ts";
import { defaultStorePath } from "../move/store-target.ts";

/**
 * Runs `fleetd --restore-store FILE`: puts a copy of the store's database in its place, while no daemon uses it.
 * @throws ConfigError if the configured store is not embedded; the errors of `restoreStoreFile`.
 */
export async function runRestore(command: DaemonCommand, environment: Environment): Promise<void> {
  const paths = command.user ? userPaths(environment) : systemPaths();
  const config = await loadConfig(configSources(command, environment, paths));
  if (config.store !== "embedded")
    throw new ConfigError(
      "cannot restore the store: this machine's store is not embedded; set store=embedded in fleet.conf first",
    );
  const to = config.store_path || defaultStorePath(paths.stateDirectory);
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  const { revision, keys, former } = restoreStoreFile(resolve(command.restoreStore ?? ""), to);
  process.stdout.write(`restored ${keys} keys at revision ${revision} to ${to}\n`);
  if (former !== undefined) process.stdout.write(`the former store is in ${former}\n`);
}
