import { chmod, rm } from "node:fs/promises";
import type { RequestListener, Server } from "node:http";
import { createConnection } from "node:net";
import { createHttpServer } from "@flotilla/api";
import { ConfigError } from "../config/config-error.ts";
import { describeAddress, type ListenAddress } from "./listen-address.ts";

/** The API's open doors. */
export interface ApiListeners {
  /** Takes no new connections, lets requests under way finish for up to `graceMs`, then cuts them. */
  close(graceMs: number): Promise<void>;
}

const IN_USE =
  " Another fleetd or systemd's fleet.socket has it: stop that one, or choose another address with --listen.";

/**
 * Listens on every address, each with a server of its own and all with one handler.
 * @throws ConfigError naming the address that cannot be listened on, with nothing left open.
 */
export async function openApiListeners(
  addresses: readonly ListenAddress[],
  handler: RequestListener,
): Promise<ApiListeners> {
  const servers: Server[] = [];
  try {
    for (const address of addresses) servers.push(await listen(address, handler));
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

async function listen(address: ListenAddress, handler: RequestListener): Promise<Server> {
  const server = createHttpServer(handler);
  if (address.kind === "unix") await removeStaleSocket(address.path);
  const failed = Promise.withResolvers<never>();
  server.once("error", failed.reject);
  const listening = new Promise<void>((resolve) => server.listen(optionsFor(address), resolve));
  try {
    await Promise.race([listening, failed.promise]);
  } catch (error) {
    const hint = (error as NodeJS.ErrnoException).code === "EADDRINUSE" ? IN_USE : "";
    const message = `The API cannot listen on ${describeAddress(address)}: ${(error as Error).message}.${hint}`;
    throw new ConfigError(message, { cause: error });
  }
  // Whoever may write to the socket is root on every machine of the cluster.
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

/** Removes the socket that a daemon left behind when it was killed; one that somebody answers on stays. */
async function removeStaleSocket(path: string): Promise<void> {
  const answered = await new Promise<boolean>((resolve) => {
    const socket = createConnection(path);
    socket.once("connect", () => (socket.destroy(), resolve(true)));
    socket.once("error", () => resolve(false));
  });
  if (!answered) await rm(path, { force: true });
}

async function close(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  server.closeIdleConnections();
  await closed;
  clearTimeout(cut);
}
