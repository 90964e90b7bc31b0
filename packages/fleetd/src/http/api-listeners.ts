import { chmod } from "node:fs/promises";
import type { Server } from "node:http";
import type { Entrance } from "@flotilla/api";
import { createHttpServer } from "@flotilla/api/http";
import { ConfigError } from "../config/config-error.ts";
import type { ApiGateway } from "./api-gateway.ts";
import type { ApiTls } from "./api-tls.ts";
import { describeAddress, type ListenAddress } from "./listen-address.ts";
import { createTlsServer } from "./tls-server.ts";
import { removeStaleSocket } from "./stale-socket.ts";

/** An address with the way in which its callers are known. */
export interface Listener {
  readonly address: ListenAddress;
  readonly entrance: Entrance;
}

/** The open listeners of the API. */
export interface ApiListeners {
  /** Accepts no new connections, lets open requests finish for up to `graceMs`, then closes their connections. */
  close(graceMs: number): Promise<void>;
}

const IN_USE = "; stop the other fleetd or fleet.socket, or choose another address with --listen";

/**
 * Listens on every address, with TLS where callers are known by tokens and certificates.
 * @throws ConfigError naming the unusable address; then no listener stays open.
 */
export async function openApiListeners(
  listeners: readonly Listener[],
  gateway: Pick<ApiGateway, "listenerFor">,
  tls: ApiTls,
): Promise<ApiListeners> {
  const servers: Server[] = [];
  try {
    for (const listener of listeners) servers.push(await listen(listener, gateway, tls));
  } catch (error) {
    await Promise.all(servers.map((server) => close(server, 0)));
    throw error;
  }
  return {
    close: async (graceMs) => {
      await Promise.all(servers.map((server) => close(server, graceMs)));
    },
  };
}

async function listen(
  { address, entrance }: Listener,
  gateway: Pick<ApiGateway, "listenerFor">,
  tls: ApiTls,
): Promise<Server> {
  const handler = gateway.listenerFor(entrance);
  const server = entrance.kind === "tls" ? createTlsServer(tls, handler) : createHttpServer(handler);
  if (address.kind === "unix") await removeStaleSocket(address.path);
  const failed = Promise.withResolvers<never>();
  server.once("error", failed.reject);
  const listening = new Promise<void>((resolve) => server.listen(optionsFor(address), resolve));
  try {
    await Promise.race([listening, failed.promise]);
  } catch (error) {
    const hint = (error as NodeJS.ErrnoException).code === "EADDRINUSE" ? IN_USE : "";
    const message = `cannot listen for the API on ${describeAddress(address)}: ${(error as Error).message}${hint}`;
    throw new ConfigError(message, { cause: error });
  }
  // Write access to the socket is root access to every machine of the cluster.
  if (address.kind === "unix") await chmod(address.path, 0o660);
  return server;
}

function optionsFor(address: ListenAddress): { fd: number } | { path: string } | { host: string; port: number } {
  switch (address.kind) {
    case "inherited":
      return { fd: address.fd };
    case "unix":
      return { path: address.path };
    case "tcp":
      return { host: address.host, port: address.port };
  }
}

async function close(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  server.closeIdleConnections();
  await closed;
  clearTimeout(cut);
}
