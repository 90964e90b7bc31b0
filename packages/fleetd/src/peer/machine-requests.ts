import type { X509Certificate } from "node:crypto";
import type { RequestListener, ServerResponse } from "node:http";
import type { TLSSocket } from "node:tls";
import type { EntranceHandler } from "@flotilla/api";
import { peerCertificateOf } from "@flotilla/link";
import { type CertificateHolder, holderOf } from "@flotilla/membership";
import type { Refusals } from "../audit/refusals.ts";

/** Decides on one request. Answers it, or returns the status and the reason of a refusal. */
export type MachineRoute = (
  holder: CertificateHolder | undefined,
  ...request: Parameters<RequestListener>
) => Refusal | undefined;

export interface Refusal {
  readonly status: 401 | 403 | 404;
  readonly reason: string;
}

/**
 * Answers the HTTP/1.1 requests of other machines by the beginning of their path. A route learns who the client's
 * certificate belongs to; undefined without a certificate that the cluster's authority has signed.
 * @param accepts whether the authority of a certificate is still trusted. TLS has verified it when the connection began.
 */
export function machineRequests(
  routes: ReadonlyMap<string, MachineRoute>,
  refusals: Pick<Refusals, "note">,
  accepts: (certificate: X509Certificate) => boolean = () => true,
): RequestListener {
  return (request, response) => {
    const [path = ""] = (request.url ?? "").split("?", 1);
    const socket = request.socket as TLSSocket;
    const peer = peerCertificateOf(socket);
    const certificate = peer.authorized ? socket.getPeerX509Certificate() : undefined;
    const holder = certificate && accepts(certificate) ? holderOf(peer) : undefined;
    const found = [...routes].find(([prefix]) => path.startsWith(prefix));
    const refused = found
      ? found[1](holder, request, response)
      : ({ status: 404, reason: `no route ${path} on this port` } as const);
    if (!refused) return;
    const { status, reason } = refused;
    const [verb, object] = [(request.method ?? "").toLowerCase(), path.slice(1)];
    if (status !== 404) refusals.note({ machineID: holder?.machineID, from: peer.remoteAddress, verb, object, reason });
    refuse(response, refused);
  };
}

function refuse(response: ServerResponse, { status, reason }: Refusal): void {
  const id = status === 401 ? "unauthenticated" : status === 403 ? "forbidden" : "route-not-found";
  response.writeHead(status, { "content-type": "application/json", connection: "close" });
  response.end(JSON.stringify({ error: { code: status, id, message: reason } }));
}

/** Passes requests of servers to `handler`. Only a server may ask a daemon about its units, or act on them. */
export function serversOnly(handler: RequestListener): MachineRoute {
  return (holder, request, response) => {
    if (!holder) return { status: 401, reason: "only a machine with a certificate of this cluster may ask here" };
    if (holder.kind === "agent")
      return {
        status: 403,
        reason: `machine ${holder.machineID} is not a server; only servers may ask other machines`,
      };
    handler(request, response);
    return undefined;
  };
}

/** Passes every request to `handler`, also of clients without a certificate: the handler decides. */
export function anyone(handler: RequestListener): MachineRoute {
  return (_holder, request, response) => {
    handler(request, response);
    return undefined;
  };
}

/**
 * Passes API requests that the sockets of agents forward.
 * @param admits returns whether the agent is a member of the cluster now.
 */
export function fromAgents(handler: EntranceHandler, admits: (agent: AgentHolder) => boolean): MachineRoute {
  return (holder, request, response) => {
    if (holder?.kind !== "agent") return { status: 401, reason: "only an agent may forward requests to this port" };
    const { machineID } = holder;
    if (!admits(holder)) return { status: 403, reason: `machine ${machineID} is not a member of the cluster any more` };
    handler(request, response, { kind: "machine", machineID });
    return undefined;
  };
}

type AgentHolder = Extract<CertificateHolder, { readonly kind: "agent" }>;
