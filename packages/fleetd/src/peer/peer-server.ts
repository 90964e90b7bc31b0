import type { RequestListener } from "node:http";
import type { Server } from "node:https";
import type { AddressInfo } from "node:net";
import { createHttpsServer } from "@flotilla/api";
import type { Logger } from "@flotilla/runtime";
import type { MachineIdentity } from "./identity.ts";

export interface PeerServer {
  /** The TCP port that the other daemons are to use. */
  readonly port: number;
  /** Resolves once the port is free again. */
  close(): Promise<void>;
}

/**
 * Answers the cluster's other daemons, and nobody else: a client without a certificate of the
 * cluster's authority gets no further than the handshake.
 *
 * If the port is taken (by a second daemon on one host, say), any free one is used: the machine's
 * record tells the others which.
 */
export async function listenForPeers(
  identity: MachineIdentity,
  port: number,
  handler: RequestListener,
  log: Logger,
): Promise<PeerServer> {
  const tls = {
    ...identity,
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: "TLSv1.3" as const,
  };
  const server = createHttpsServer(tls, handler);
  try {
    await listen(server, port);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    log.warn("the peer port is taken; another one is used", { port });
    await listen(server, 0);
  }
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
