import { request } from "node:http";
import { json } from "node:stream/consumers";
import type { Host } from "./host.ts";

/** Longer than fleetctl's limit, so that a daemon that restarts can still answer. */
const TIMEOUT_MS = 10_000;

/**
 * Sends a GET to a host's daemon and returns the answer. It starts no process on the host, because a wait that starts
 * fleetctl twenty times a second would occupy half a processor.
 * @throws Error when the daemon cannot be reached or refuses the request.
 */
export async function askDaemon(host: Host, path: string): Promise<unknown> {
  return sendTo(host, { method: "GET", path, status: 200 });
}

/**
 * Creates a token with which hosts join the cluster of a server.
 * @param uses the number of hosts.
 * @throws Error when the daemon cannot be reached or refuses the request.
 */
export async function createJoinToken(server: Host, uses: number): Promise<string> {
  return createToken(server, { kind: "join", ttlSeconds: 3_600, uses, metadata: {}, server: false });
}

/**
 * Creates a token for API requests with a role.
 * @throws Error when the daemon cannot be reached or refuses the request.
 */
export async function createApiToken(server: Host, role: string): Promise<string> {
  return createToken(server, { kind: "api", name: `${role}-${Date.now()}`, role });
}

async function createToken(server: Host, body: object): Promise<string> {
  const answer = await sendTo(server, { method: "POST", path: "/fleet/v2/tokens", body, status: 201 });
  return (answer as { readonly secret: string }).secret;
}

interface Sent {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: object;
  /** The expected status of the answer. */
  readonly status: number;
}

async function sendTo(host: Host, { method, path, body, status }: Sent): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const options = {
    socketPath: `/proc/${host.leader}/root/run/fleet.sock`,
    agent: false,
    headers: body ? { "content-type": "application/json" } : {},
    signal: AbortSignal.timeout(TIMEOUT_MS),
  };
  const asked = request({ ...options, method, path }, (response) => {
    const { statusCode } = response;
    json(response).then(
      (answer) => (statusCode === status ? resolve(answer) : reject(new Error(`${path}: ${JSON.stringify(answer)}`))),
      reject,
    );
  });
  asked.once("error", reject);
  asked.end(body && JSON.stringify(body));
  return promise;
}

/**
 * Checks that a daemon lists exactly `count` machines; a list of several pages passes.
 * @throws Error if the count differs.
 */
export async function expectMachines(host: Host, count: number): Promise<void> {
  const { machines = [], nextPageToken } = (await askDaemon(host, "/fleet/v1/machines")) as {
    machines?: unknown[];
    nextPageToken?: string;
  };
  if (nextPageToken === undefined && machines.length !== count)
    throw new Error(`${host.name} lists ${machines.length} machines`);
}

export interface StatedUnit {
  readonly name: string;
  readonly machineID: string;
  readonly systemdActiveState: string;
  readonly systemdSubState: string;
}

/** Returns the states of all units from a daemon's API v1; only the first page. */
export async function statedUnits(host: Host): Promise<readonly StatedUnit[]> {
  const { states = [] } = (await askDaemon(host, "/fleet/v1/state")) as { states?: readonly StatedUnit[] };
  return states;
}
