import type { Entrance } from "@flotilla/api";
import { ConfigError } from "../config/config-error.ts";
import type { Listener } from "./api-listeners.ts";
import { describeAddress, type ListenAddress } from "./listen-address.ts";

interface ListenOptions {
  readonly listen: readonly ListenAddress[];
  readonly metrics_listen: readonly ListenAddress[];
  readonly insecure_api: boolean;
  readonly servers: readonly unknown[];
}

/**
 * Returns where the daemon listens: on the sockets passed by systemd, else on the configured addresses, else on fleet's
 * default socket; and on the addresses for metrics. A unix socket admits callers by its permissions.
 * @throws ConfigError for a TCP socket of systemd on an agent, which has no certificate for clients.
 */
export function listenersOf(
  { listen, metrics_listen, insecure_api, servers }: ListenOptions,
  inherited: readonly ListenAddress[],
  socket: string,
): readonly Listener[] {
  if (servers.length > 0) refuseTcp(inherited);
  const entranceOf = (address: ListenAddress): Entrance => {
    const isUnix = address.kind === "unix" || (address.kind === "inherited" && address.isUnix);
    return { kind: isUnix ? "socket" : insecure_api ? "open" : "tls" };
  };
  const configured: readonly ListenAddress[] = listen.length > 0 ? listen : [{ kind: "unix", path: socket }];
  const addresses = inherited.length > 0 ? inherited : configured;
  return [
    ...addresses.map((address) => ({ address, entrance: entranceOf(address) })),
    ...metrics_listen.map((address) => ({ address, entrance: { kind: "metrics" } as const })),
  ];
}

/**
 * Returns the addresses of `listen` that have no effect, because systemd has passed the API's sockets.
 * @param inherited the sockets passed by systemd.
 */
export function withoutEffect(
  { listen }: Pick<ListenOptions, "listen">,
  inherited: readonly ListenAddress[],
): readonly string[] {
  return inherited.length > 0 ? listen.filter(({ kind }) => kind === "tcp").map(describeAddress) : [];
}

function refuseTcp(inherited: readonly ListenAddress[]): void {
  const tcp = inherited.find((address) => address.kind === "inherited" && !address.isUnix);
  if (tcp)
    throw new ConfigError(
      `cannot use ${describeAddress(tcp)} together with servers=: it is a TCP socket, and an agent answers only on its ` +
        "unix socket; remove ListenStream= with a port from fleet.socket, and let the servers listen",
    );
}
