import type { DaemonCommand } from "../command-line.ts";
import type { DaemonPaths } from "../host/paths.ts";
import type { ConfigSources } from "./load-config.ts";

/** Returns the sources of a command's configuration. The file must exist only if the user named it. */
export function configSources(
  { configFile, overrides }: DaemonCommand,
  environment: ConfigSources["environment"],
  paths: DaemonPaths,
): ConfigSources {
  return { file: configFile ?? paths.configFile, required: configFile !== undefined, environment, overrides };
}
