import { join } from "node:path";
import { type EntranceHandler, PeerClient } from "@flotilla/api";
import { IdentityKeeper, JOIN_BASE, type MachineIdentity, peerName, SavedIdentity } from "@flotilla/membership";
import { type AuthorityRecord, AuthorityRegistry } from "@flotilla/registry";
import type { SecretVault } from "@flotilla/secrets";
import { ownAudit } from "../audit/own-audit.ts";
import { Refusals } from "../audit/refusals.ts";
import { readApiTls } from "../config/api-tls.ts";
import { hostNames } from "../host/host-names.ts";
import { anyone, fromAgents, machineRequests, serversOnly } from "../peer/machine-requests.ts";
import { listenForPeers } from "../peer/peer-server.ts";
import { obtainIdentity, renewIdentity } from "./cluster-identity.ts";
import { peerHandler } from "./peer-handler.ts";
import { type Gateway, openGateway } from "./gateway.ts";
import { answerJoins } from "./joining.ts";
import type { ServerParts } from "./parts.ts";

/** How long another daemon may take to answer before its machine counts as unreachable, milliseconds. */
const PEER_TIMEOUT_MS = 2_000;

/** The connections between this server and other daemons, under the machine's certificate. */
export interface PeerLink {
  readonly client: PeerClient;
  /** The port on which this daemon answers other daemons. */
  readonly port: number;
  readonly gateway: Pick<Gateway, "contact">;
  /** Renews the machine's certificate and serves agents until `signal` aborts. Rejects with a recurring internal error. */
  run(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface PeerLinkOptions {
  readonly vault: SecretVault;
  /** Answers requests that agents forward. */
  readonly api: EntranceHandler;
  /** Called with the reason after each failed attempt to get the cluster's authority. */
  readonly onWaiting: (reason: string) => void;
}

/**
 * Obtains the machine's certificate, then listens for other daemons and for hosts that join.
 */
export async function openPeerLink(
  parts: ServerParts,
  { vault, api, onWaiting }: PeerLinkOptions,
  signal: AbortSignal,
): Promise<PeerLink> {
  const { clock, random, facts, paths, certificates, config, store, apiTls, audit } = parts;
  const apiFiles = await readApiTls(config);
  const registry = new AuthorityRegistry(store);
  const saved = new SavedIdentity(join(paths.runtimeDirectory, "identity"));
  const options = { registry, machineID: facts.id, names: hostNames(), certificates, saved, clock, random, onWaiting };
  const identities = { ...options, log: parts.log };
  const tls = await obtainIdentity(identities, signal);
  apiTls.use(tls, apiFiles);
  const log = parts.log.child({ part: "peers" });
  const refusals = new Refusals({ clock, log, audit });
  const authority = (ended: AbortSignal): Promise<AuthorityRecord> =>
    registry.obtain(() => certificates.createCluster(clock.wall(), ended), ended);
  const gateway = openGateway(parts, { authority, vault, refusals });
  const joins = answerJoins(parts, { authority, vault });
  const forwarded = fromAgents(api, ({ machineID, generation }) => gateway.generationOf(machineID) === generation);
  const handler = machineRequests(
    new Map([
      ["/peer/", serversOnly(peerHandler(parts, ownAudit(parts)))],
      [JOIN_BASE, anyone(joins)],
      ["/", forwarded],
    ]),
    refusals,
  );
  const server = await listenForPeers({ identity: tls, port: config.peer_port, handler, link: gateway.link, log });
  const client = new PeerClient({ tls, nameOf: peerName, timeoutMs: PEER_TIMEOUT_MS });
  const renew = (current: MachineIdentity, ended: AbortSignal) => renewIdentity(identities, current, ended);
  const keeper = new IdentityKeeper({ identity: tls, renew, saved, clock, random, log });
  keeper.onRenewed((identity) => {
    server.renew(identity);
    client.renew(identity);
    apiTls.use(identity, apiFiles);
  });
  return {
    client,
    port: server.port,
    gateway,
    run: async (ended) => {
      await Promise.all([keeper.run(ended), gateway.run(ended)]);
    },
    close: async () => {
      await server.close();
      client.close();
    },
  };
}
