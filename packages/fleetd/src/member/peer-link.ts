import { join } from "node:path";
import { createPeerApi, PeerClient } from "@flotilla/api";
import { IdentityKeeper, type MachineIdentity, peerName, SavedIdentity } from "@flotilla/membership";
import { AuthorityRegistry } from "@flotilla/registry";
import { hostNames } from "../host/host-names.ts";
import { listenForPeers } from "../peer/peer-server.ts";
import { obtainIdentity, renewIdentity } from "./cluster-identity.ts";
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
  /** Renews the machine's certificate until `signal` aborts. Rejects with a recurring internal error. */
  run(signal: AbortSignal): Promise<void>;
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
  const options = { registry, machineID: facts.id, names: hostNames(), certificates, saved, clock, random, onWaiting };
  const identities = { ...options, log: parts.log };
  const tls = await obtainIdentity(identities, signal);
  const log = parts.log.child({ part: "peers" });
  const operator = localOperator(manager, clock);
  const { handler } = await createPeerApi({ inspector: localInspector(user), operator, log });
  const server = await listenForPeers(tls, config.peer_port, handler, log);
  const client = new PeerClient({ tls, nameOf: peerName, timeoutMs: PEER_TIMEOUT_MS });
  const renew = (current: MachineIdentity, ended: AbortSignal) => renewIdentity(identities, current, ended);
  const keeper = new IdentityKeeper({ identity: tls, renew, saved, clock, random, log });
  keeper.onRenewed((identity) => {
    server.renew(identity);
    client.renew(identity);
  });
  return {
    client,
    port: server.port,
    run: (ended) => keeper.run(ended),
    close: async () => {
      await server.close();
      client.close();
    },
  };
}
