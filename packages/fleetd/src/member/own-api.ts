import type { IncomingMessage, ServerResponse } from "node:http";
import {
  type Api,
  createApi,
  type EntranceHandler,
  fixedAuthority,
  fixedStore,
  noMovePlanner,
  noPlanner,
  noSecrets,
} from "@flotilla/api";
import { MachineUnreachableError, type OwnCluster, TokenNeededError, V2_BASE, v2Endpoints } from "@flotilla/api/http";
import {
  AttendanceRegistry,
  MachineSettingsRegistry,
  MembershipRegistry,
  TokenRegistry,
  UnitRegistry,
} from "@flotilla/registry";
import { VERSION } from "../version.ts";
import { localInspector } from "./inspector.ts";
import { refusalOf } from "./open-access.ts";
import type { Parts } from "./parts.ts";
import { serversOnly, TOKEN_NEEDED } from "./servers-only.ts";

export interface OwnApiOptions {
  readonly cluster: OwnCluster;
  /** Returns the certificate of the cluster's authority, PEM. */
  readonly authority: () => string;
}

/** A request with a token goes to a server, so that none is known here. */
const NO_TOKENS = { isKnown: true, find: () => undefined };

/**
 * Creates the API of an agent's socket for requests without a token: it shows this machine and its units, from the
 * agent's own knowledge, and changes nothing.
 */
export async function createOwnApi(parts: Parts, { cluster, authority }: OwnApiOptions): Promise<Api> {
  const { facts, user, manager, clock, log, metrics, config, access, store } = parts;
  const local = localInspector(user, manager);
  const here = <T>(machineID: string, read: () => Promise<T>): Promise<T> =>
    machineID === facts.id ? read() : Promise.reject(elsewhere(machineID));
  const memberships = new MembershipRegistry(serversOnly);
  const api = await createApi({
    units: new UnitRegistry(store),
    settings: new MachineSettingsRegistry(serversOnly),
    memberships: { remove: (id, signal) => memberships.remove(id, signal), list: async () => new Map() },
    access: { tokens: NO_TOKENS, registry: new TokenRegistry(serversOnly), authority: async () => authority() },
    attendance: new AttendanceRegistry(serversOnly),
    cluster,
    inspector: {
      status: (machineID, unit, signal) => here(machineID, () => local.status(unit, signal)),
      properties: (machineID, unit, names, signal) => here(machineID, () => local.properties(unit, names, signal)),
      timers: (machineID, signal) => here(machineID, () => local.timers(signal)),
      sockets: (machineID, signal) => here(machineID, () => local.sockets(signal)),
      journal: (machineID, unit, request, signal) => here(machineID, () => local.journal(unit, request, signal)),
    },
    secrets: noSecrets,
    audits: { read: () => Promise.reject(new TokenNeededError(`servers keep the audit; ${TOKEN_NEEDED}`)) },
    storeKeeper: fixedStore("of its servers"),
    rotation: fixedAuthority,
    operator: { act: (machineID) => Promise.reject(elsewhere(machineID)) },
    movePlanner: noMovePlanner,
    explain: async () => new Map(),
    planner: noPlanner,
    machineID: facts.id,
    version: VERSION,
    tokenLimit: config.token_limit,
    // An agent answers without a server, but not once the servers refuse it: what it knows is then of an earlier membership.
    availability: () => refusalOf(access),
    metrics: () => metrics.text(),
    onRequest: metrics.request,
    clock,
    log: log.child({ part: "api" }),
  });
  return { handler: ownReads(api.handler, facts.id), close: () => api.close() };
}

function elsewhere(machineID: string): MachineUnreachableError {
  return new MachineUnreachableError(`machine ${machineID} is not this machine; ${TOKEN_NEEDED}`);
}

/** What only servers know. An answer from this machine alone, such as an empty backup, would mislead. */
const OF_SERVERS: readonly string[] = [
  v2Endpoints.getBackup,
  v2Endpoints.getStoreBackup,
  v2Endpoints.listSecrets,
  v2Endpoints.listTokens,
  v2Endpoints.readAudit,
  v2Endpoints.getRotation,
  v2Endpoints.listEvents,
  v2Endpoints.watchEvents,
  v2Endpoints.canI,
  v2Endpoints.getHealth,
].map(({ path }) => V2_BASE + path);

/** Refuses every request that could change something, or that only a server can answer. */
function ownReads(handler: EntranceHandler, machineID: string): EntranceHandler {
  return (request, response, entrance) => {
    const isRead = request.method === "GET" || request.method === "HEAD";
    const [path = ""] = (request.url ?? "").split("?", 1);
    if (isRead && path === V2_BASE + v2Endpoints.whoAmI.path)
      answer(response, 200, { kind: "machine", name: machineID });
    else if (isRead && !OF_SERVERS.includes(path)) handler(request, response, entrance);
    else refuse(request, path, response);
  };
}

function refuse({ method }: IncomingMessage, path: string, response: ServerResponse): void {
  const message = `cannot answer ${method} ${path} without a token: this machine is an agent, and its socket shows only its own units; ${TOKEN_NEEDED}`;
  answer(response, 401, { error: { code: 401, id: "unauthenticated", message } });
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json", connection: "close" });
  response.end(JSON.stringify(body));
}
