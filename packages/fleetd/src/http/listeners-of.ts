import type { Entrance } from "@flotilla/api";
import type { Listener } from "./api-listeners.ts";
import type { ListenAddress } from "./listen-address.ts";

interface ListenOptions {
  readonly listen: readonly ListenAddress[];
  readonly metrics_listen: readonly ListenAddress[];
  readonly insecure_api: boolean;
}

/**
 * Returns where the daemon listens: on the sockets passed by systemd, else on the configured addresses, else on fleet's
 * default socket; and on the addresses for metrics. A unix socket admits callers by its permissions.
 */
export function listenersOf(
  { listen, metrics_listen, insecure_api }: ListenOptions,
  inherited: readonly ListenAddress[],
  socket: string,
): readonly Listener[] {
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
