import type { Logger } from "@flotilla/runtime";
import { readApiTls } from "../config/api-tls.ts";
import type { FleetdConfig } from "../config/fleetd-options.ts";
import { type ConfigSources, loadConfig } from "../config/load-config.ts";
import { inheritedSockets } from "../host/inherited-sockets.ts";
import { type NativeCalls, openNativeCalls } from "../host/native-calls.ts";
import type { DaemonPaths } from "../host/paths.ts";
import { ServiceManager } from "../host/service-manager.ts";
import { ApiGateway } from "../http/api-gateway.ts";
import { type ApiListeners, openApiListeners } from "../http/api-listeners.ts";
import { ApiTls } from "../http/api-tls.ts";
import { listenersOf, withoutEffect } from "../http/listeners-of.ts";
import { logsToJournal, openLogger } from "../logging/open-logger.ts";
import type { CredentialSocket } from "../secrets/credential-socket.ts";
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
  readonly apiTls: ApiTls;
  /** Whether a TCP listener accepts requests without authentication. */
  readonly isOpen: boolean;
  /** Addresses of `listen` that have no effect. */
  readonly ignoredAddresses: readonly string[];
  readonly log: Logger;
  /** The descriptor of the socket for secrets, if systemd has passed it. */
  readonly secretsFd: number | undefined;
  /** The socket for secrets, once this process is the only daemon. */
  credentials?: CredentialSocket;
  /** Whether the log goes to the journal. */
  readonly hasJournal: boolean;
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
  const apiTls = new ApiTls();
  await readApiTls(config);
  const passed = forApi.map((fd) => ({ kind: "inherited", fd, isUnix: native.socketPath(fd) !== undefined }) as const);
  const wanted = listenersOf(config, passed, paths.socket);
  const listeners = await openApiListeners(wanted, gateway, apiTls);
  const shell: Shell = {
    paths,
    sources,
    native,
    service: new ServiceManager(native, environment),
    signals: new DaemonSignals(process),
    gateway,
    listeners,
    apiTls,
    isOpen: wanted.some(({ entrance }) => entrance.kind === "open"),
    ignoredAddresses: withoutEffect(config, passed),
    log: openLogger(native, environment, () => shell.config.verbosity),
    secretsFd,
    hasJournal: logsToJournal(environment),
    config,
  };
  return shell;
}
