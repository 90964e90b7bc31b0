import { isAbsolute, join } from "node:path";
import { ConfigError } from "../config/config-error.ts";
import type { FleetdConfig, OptionName } from "../config/fleetd-options.ts";
import { type ConfigSources, loadConfig } from "../config/load-config.ts";

/** A store that the cluster can move to. */
export interface StoreTarget {
  /** The store as people write it: `etcd=URL,...` or `embedded=PATH`. */
  readonly name: string;
  /** The options of fleet.conf that select the store. */
  readonly options: Readonly<Partial<Record<OptionName, string>>>;
  /** The present configuration with this store. */
  readonly config: FleetdConfig;
}

/** The options that select a store. A move changes them in fleet.conf. */
const SELECTING = ["store", "store_path", "etcd_servers"] as const satisfies readonly OptionName[];

export function defaultStorePath(stateDirectory: string): string {
  return join(stateDirectory, "store.db");
}

/** Returns the configured store as people write it. */
export function storeName(config: FleetdConfig, defaultPath: string): string {
  return config.store === "etcd"
    ? `etcd=${config.etcd_servers.join(",")}`
    : `embedded=${config.store_path || defaultPath}`;
}

/**
 * Reads the name of a store. Other options of etcd, such as its certificates, are those of fleet.conf.
 * @param defaultPath the file of `embedded` without a path, unless fleet.conf has `store_path`.
 * @throws ConfigError with the reason and what to do.
 */
export async function storeTarget(text: string, sources: ConfigSources, defaultPath: string): Promise<StoreTarget> {
  const options = await optionsIn(text, sources, defaultPath);
  requireFromFile(sources);
  const config = await loadConfig({ ...sources, overrides: { ...sources.overrides, ...options } });
  return { name: storeName(config, defaultPath), options, config };
}

async function optionsIn(text: string, sources: ConfigSources, defaultPath: string): Promise<StoreTarget["options"]> {
  const [kind = "", ...rest] = text.split("=");
  const value = rest.join("=");
  if (kind === "etcd" && value !== "") return { store: "etcd", etcd_servers: value };
  if (kind !== "embedded")
    throw new ConfigError(`cannot move to ${JSON.stringify(text)}: not a store; write etcd=URL,... or embedded[=PATH]`);
  const path = value || (await loadConfig(sources)).store_path || defaultPath;
  if (!isAbsolute(path))
    throw new ConfigError(`cannot move to ${text}: the path must be absolute; write embedded=/var/lib/fleet/store.db`);
  return { store: "embedded", store_path: path };
}

/** A move changes fleet.conf, which must therefore be what decides. */
function requireFromFile({ environment, overrides = {} }: ConfigSources): void {
  for (const name of SELECTING) {
    const variable = `FLEET_${name.toUpperCase()}`;
    const origin =
      overrides[name] !== undefined ? "the command line" : environment[variable] && `the variable ${variable}`;
    if (origin)
      throw new ConfigError(`cannot move the store: ${origin} sets ${name}; set ${name} in fleet.conf instead`);
  }
}
