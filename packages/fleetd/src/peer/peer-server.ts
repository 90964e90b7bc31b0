import type { RequestListener } from "node:http";
import type { Server } from "node:https";
import type { AddressInfo } from "node:net";
import { createHttpsServer } from "@flotilla/api/http";
import { LINK_TLS, type LinkServer, serveLinkOn } from "@flotilla/link";
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

export interface PeerServerOptions {
  readonly identity: MachineIdentity;
  readonly port: number;
  /** Answers HTTP/1.1 requests. */
  readonly handler: RequestListener;
  /**
   * Takes the sessions of agents. A server also answers clients without a certificate, such as a host that joins, so
   * that each request must be checked. Without a link, TLS refuses such clients.
   */
  readonly link?: LinkServer;
  readonly log: Logger;
}

/**
 * Listens for the cluster's other daemons.
 *
 * If the port is in use, for example by a second daemon on the host, the server takes any free port. The machine's
 * record publishes the port.
 */
export async function listenForPeers({ identity, port, handler, link, log }: PeerServerOptions): Promise<PeerServer> {
  const known = { requestCert: true, rejectUnauthorized: true };
  const server = createHttpsServer({ ...tlsOf(identity), ...(link ? LINK_TLS : known) }, handler);
  if (link) serveLinkOn(server, link);
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
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await link?.close();
      await closed;
    },
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
