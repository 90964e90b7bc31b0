import type { RequestListener } from "node:http";
import type { Server } from "node:https";
import type { AddressInfo } from "node:net";
import { createHttpsServer } from "@flotilla/api";
import type { MachineIdentity } from "@flotilla/membership";
import type { Logger } from "@flotilla/runtime";

export interface PeerServer {
  /** The TCP port for other daemons. */
  readonly port: number;
  /** Uses another certificate from the next connection on. */
  renew(identity: MachineIdentity): void;
  /** Closes all connections; resolves when the port is free. */
  close(): Promise<void>;
}

/**
 * Listens for the cluster's other daemons. The TLS handshake fails for a client without a certificate of the cluster's
 * authority.
 *
 * If the port is in use, for example by a second daemon on the host, the server takes any free port. The machine's
 * record publishes the port.
 */
export async function listenForPeers(
  identity: MachineIdentity,
  port: number,
  handler: RequestListener,
  log: Logger,
): Promise<PeerServer> {
  const server = createHttpsServer({ ...tlsOf(identity), requestCert: true, rejectUnauthorized: true }, handler);
  try {
    await listen(server, port);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    log.warn("peer port is in use; using another port", { port });
    await listen(server, 0);
  }
  return {
    port: (server.address() as AddressInfo).port,
    renew: (renewed) => server.setSecureContext(tlsOf(renewed)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function tlsOf({ key, cert, ca }: MachineIdentity) {
  return { key, cert, ca, minVersion: "TLSv1.3" as const };
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
