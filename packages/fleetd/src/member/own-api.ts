import type { IncomingMessage, ServerResponse } from "node:http";
import { type Api, createApi, type EntranceHandler, fixedStore, noSecrets } from "@flotilla/api";
import { MachineUnreachableError, type OwnCluster } from "@flotilla/api/http";
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
  const { facts, user, clock, log, metrics, config, access, store } = parts;
  const local = localInspector(user);
  const here = <T>(machineID: string, read: () => Promise<T>): Promise<T> =>
    machineID === facts.id ? read() : Promise.reject(elsewhere(machineID));
  const api = await createApi({
    units: new UnitRegistry(store),
    settings: new MachineSettingsRegistry(store),
    memberships: new MembershipRegistry(store),
    access: { tokens: NO_TOKENS, registry: new TokenRegistry(store), authority: async () => authority() },
    attendance: new AttendanceRegistry(store),
    cluster,
    inspector: {
      status: (machineID, unit, signal) => here(machineID, () => local.status(unit, signal)),
      journal: (machineID, unit, request, signal) => here(machineID, () => local.journal(unit, request, signal)),
    },
    secrets: noSecrets,
    audits: { read: () => Promise.reject(new MachineUnreachableError(`servers keep the audit; ${TOKEN_NEEDED}`)) },
    storeKeeper: fixedStore("of its servers"),
    operator: { act: (machineID) => Promise.reject(elsewhere(machineID)) },
    explain: async () => new Map(),
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
  return { handler: readOnly(api.handler), close: () => api.close() };
}

function elsewhere(machineID: string): MachineUnreachableError {
  return new MachineUnreachableError(`machine ${machineID} is not this machine; ${TOKEN_NEEDED}`);
}

const TOKEN_NEEDED = "send a token, so that a server answers (`fleetctl --token`, FLEETCTL_TOKEN)";

/** Refuses every request that could change something. */
function readOnly(handler: EntranceHandler): EntranceHandler {
  return (request, response, entrance) => {
    if (request.method === "GET" || request.method === "HEAD") handler(request, response, entrance);
    else refuse(request, response);
  };
}

function refuse({ method }: IncomingMessage, response: ServerResponse): void {
  const message = `cannot answer ${method} without a token: this machine is an agent, and its socket shows only its own units; ${TOKEN_NEEDED}`;
  response.writeHead(401, { "content-type": "application/json", connection: "close" });
  response.end(JSON.stringify({ error: { code: 401, id: "unauthenticated", message } }));
}
