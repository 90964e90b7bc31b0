import type { X509Certificate } from "node:crypto";
import { join } from "node:path";
import { type EntranceHandler, PeerClient } from "@flotilla/api";
import {
  authoritiesIn,
  IdentityKeeper,
  JOIN_BASE,
  type MachineIdentity,
  peerName,
  pinOf,
  SavedIdentity,
} from "@flotilla/membership";
import { AuthorityMirror, type AuthorityRecord, AuthorityRegistry } from "@flotilla/registry";
import type { Clock } from "@flotilla/runtime";
import type { SecretVault } from "@flotilla/secrets";
import { ownAudit } from "../audit/own-audit.ts";
import { Refusals } from "../audit/refusals.ts";
import { readApiTls } from "../config/api-tls.ts";
import { hostNames } from "../host/host-names.ts";
import { anyone, fromAgents, machineRequests, serversOnly } from "../peer/machine-requests.ts";
import { acceptedNow } from "../peer/accepted-now.ts";
import { listenForPeers } from "../peer/peer-server.ts";
import { obtainIdentity, renewIdentity } from "./cluster-identity.ts";
import { peerHandler } from "./peer-handler.ts";
import { type Gateway, openGateway } from "./gateway.ts";
import { answerJoins } from "./joining.ts";
import type { ServerParts } from "./parts.ts";

/** How long another daemon may take to answer before its machine counts as unreachable, milliseconds. */
const PEER_TIMEOUT_MS = 2_000;

/** Longer than a TLS handshake may take, milliseconds. */
const HANDSHAKE_MS = 30_000;

/** The connections between this server and other daemons, under the machine's certificate. */
export interface PeerLink {
  readonly client: PeerClient;
  /** The port on which this daemon answers other daemons. */
  readonly port: number;
  readonly gateway: Pick<Gateway, "contact">;
  /** Returns the pin of the authority that signed this server's certificate. */
  readonly issuer: () => string;
  /** Calls `listener` after each renewal of the machine's certificate. */
  onIssuer(listener: () => void): void;
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
  const authorities = new AuthorityMirror({ store, clock, random, log });
  const gateway = openGateway(parts, { authority, known: authorities, vault, refusals });
  const joins = answerJoins(parts, { authority, vault });
  const forwarded = fromAgents(api, ({ machineID, generation }) => gateway.generationOf(machineID) === generation);
  const routes = new Map([
    ["/peer/", serversOnly(peerHandler(parts, ownAudit(parts)))],
    [JOIN_BASE, anyone(joins)],
    ["/", forwarded],
  ]);
  const accepts = acceptedNow(tls.ca, () => keeper.current.ca);
  const handler = machineRequests(routes, refusals, accepts);
  const server = await listenForPeers({ identity: tls, port: config.peer_port, handler, link: gateway.link, log });
  const client = new PeerClient({ tls, nameOf: peerName, timeoutMs: PEER_TIMEOUT_MS });
  const renew = (current: MachineIdentity, ended: AbortSignal) =>
    renewIdentity(identities, current, authorities.current, ended);
  const keeper = new IdentityKeeper({ identity: tls, renew, saved, clock, random, log });
  authorities.onChange(() => keeper.nudge());
  keeper.onRenewed((identity, former) => {
    server.renew(identity);
    client.renew(identity);
    apiTls.use(identity, apiFiles);
    if (identity.ca !== former.ca) cutOthers(gateway, accepts, clock);
  });
  return {
    client,
    port: server.port,
    gateway,
    issuer: () => issuerOf(keeper.current),
    onIssuer: (listener) => keeper.onRenewed(listener),
    run: async (ended) => {
      await Promise.all([authorities.run(ended), keeper.run(ended), gateway.run(ended)]);
    },
    close: async () => {
      await server.close();
      client.close();
    },
  };
}

/** The pin of the authority that signed an identity: the first of its authorities. */
function issuerOf({ ca }: MachineIdentity): string {
  return pinOf(authoritiesIn(ca)[0] ?? ca);
}

/** Cuts the sessions of an authority that is not trusted any more, also of handshakes that are under way now. */
function cutOthers({ link }: Gateway, accepts: (certificate: X509Certificate) => boolean, clock: Clock): void {
  const cut = (): void =>
    link.cutOthers(accepts, "the cluster does not trust the authority of the certificate any more");
  cut();
  clock.after(HANDSHAKE_MS, cut);
}
