import type { Logger } from "@flotilla/runtime";
import type { FleetdConfig } from "../config/fleetd-options.ts";
import { type ConfigSources, loadConfig } from "../config/load-config.ts";
import { inheritedSockets } from "../host/inherited-sockets.ts";
import { type NativeCalls, openNativeCalls } from "../host/native-calls.ts";
import type { DaemonPaths } from "../host/paths.ts";
import { ServiceManager } from "../host/service-manager.ts";
import { ApiGateway } from "../http/api-gateway.ts";
import { type ApiListeners, openApiListeners } from "../http/api-listeners.ts";
import type { ListenAddress } from "../http/listen-address.ts";
import { openLogger } from "../logging/open-logger.ts";
import { DaemonSignals } from "./signals.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The parts of the process that are opened once and survive every reload. */
export interface Shell {
  readonly paths: DaemonPaths;
  readonly sources: ConfigSources;
  readonly native: NativeCalls;
  readonly service: ServiceManager;
  readonly signals: DaemonSignals;
  readonly gateway: ApiGateway;
  readonly listeners: ApiListeners;
  readonly log: Logger;
  /** The descriptor of the socket for secrets, if systemd has passed it. */
  readonly secretsFd: number | undefined;
  /** The configuration in force. */
  config: FleetdConfig;
}

/** @throws ConfigError if the configuration, or an address to listen on, is unusable. */
export async function openShell(sources: ConfigSources, environment: Environment, paths: DaemonPaths): Promise<Shell> {
  const config = await loadConfig(sources);
  const native = openNativeCalls();
  const gateway = new ApiGateway();
  const inherited = inheritedSockets(environment, process.pid);
  const secretsFd = inherited.find((fd) => native.socketPath(fd) === paths.secretsSocket);
  const forApi = inherited.filter((fd) => fd !== secretsFd);
  const listeners = await openApiListeners(addresses(config, forApi, paths), gateway.listenerFor({ kind: "socket" }));
  const shell: Shell = {
    paths,
    sources,
    native,
    service: new ServiceManager(native, environment),
    signals: new DaemonSignals(process),
    gateway,
    listeners,
    log: openLogger(native, environment, () => shell.config.verbosity),
    secretsFd,
    config,
  };
  return shell;
}

/** Returns the sockets passed by systemd, else the configured addresses, else fleet's default socket. */
function addresses(
  { listen }: FleetdConfig,
  inherited: readonly number[],
  { socket }: DaemonPaths,
): readonly ListenAddress[] {
  if (inherited.length > 0) return inherited.map((fd) => ({ kind: "inherited", fd }) as const);
  return listen.length > 0 ? listen : [{ kind: "unix", path: socket }];
}
