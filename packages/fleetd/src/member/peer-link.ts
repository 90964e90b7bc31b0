import { join } from "node:path";
import { createPeerApi, PeerClient } from "@flotilla/api";
import { AuthorityRegistry } from "@flotilla/registry";
import { peerName } from "../peer/identity.ts";
import { listenForPeers } from "../peer/peer-server.ts";
import { SavedIdentity } from "../peer/saved-identity.ts";
import { obtainIdentity } from "./cluster-identity.ts";
import { localInspector } from "./inspector.ts";
import { localOperator } from "./operator.ts";
import type { Parts } from "./parts.ts";

/** How long another daemon may take to answer before its machine counts as unreachable, milliseconds. */
const PEER_TIMEOUT_MS = 2_000;

/** The connections between this daemon and other daemons, under the machine's certificate. */
export interface PeerLink {
  readonly client: PeerClient;
  /** The port on which this daemon answers other daemons. */
  readonly port: number;
  close(): Promise<void>;
}

type PeerParts = Pick<
  Parts,
  "clock" | "random" | "facts" | "user" | "paths" | "certificates" | "config" | "store" | "manager" | "log"
>;

/**
 * Obtains the machine's certificate, then listens for other daemons.
 * @param onWaiting called with the reason after each failed attempt to get the cluster's identity.
 */
export async function openPeerLink(
  parts: PeerParts,
  onWaiting: (reason: string) => void,
  signal: AbortSignal,
): Promise<PeerLink> {
  const { clock, random, facts, user, paths, certificates, config, store, manager } = parts;
  const registry = new AuthorityRegistry(store);
  const saved = new SavedIdentity(join(paths.runtimeDirectory, "identity"));
  const tls = await obtainIdentity(
    { registry, machineID: facts.id, certificates, saved, clock, random, log: parts.log, onWaiting },
    signal,
  );
  const log = parts.log.child({ part: "peers" });
  const operator = localOperator(manager, clock);
  const { handler } = await createPeerApi({ inspector: localInspector(user), operator, log });
  const server = await listenForPeers(tls, config.peer_port, handler, log);
  const client = new PeerClient({ tls, nameOf: peerName, timeoutMs: PEER_TIMEOUT_MS });
  return {
    client,
    port: server.port,
    close: async () => {
      await server.close();
      client.close();
    },
  };
}
