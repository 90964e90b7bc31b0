import { request } from "node:http";
import { text } from "node:stream/consumers";
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

async function sendTo(host: Host, { status, ...sent }: Sent): Promise<unknown> {
  const answer = await requestDaemon(host, { ...sent, timeoutMs: TIMEOUT_MS });
  if (answer.status !== status) throw new Error(`${sent.path}: ${answer.text}`);
  return JSON.parse(answer.text);
}

export interface DaemonRequest {
  readonly method?: string;
  readonly path: string;
  /** Becomes JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** The daemon's socket on the host. An absolute link in its path would lead into this machine. */
  readonly socket?: string;
  readonly timeoutMs: number;
}

/**
 * Sends a request to a socket on a host, and returns the answer whatever its status is.
 * @throws Error when the socket cannot be reached, or the answer takes longer than the limit.
 */
export async function requestDaemon(
  host: Host,
  { socket = "/run/fleet.sock", body, headers, timeoutMs, ...sent }: DaemonRequest,
): Promise<{ readonly status: number; readonly text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ readonly status: number; readonly text: string }>();
  const options = {
    ...sent,
    socketPath: `/proc/${host.leader}/root${socket}`,
    agent: false,
    headers: { ...(body !== undefined && { "content-type": "application/json" }), ...headers },
    signal: AbortSignal.timeout(timeoutMs),
  };
  const asked = request(options, (response) => {
    const { statusCode: status = 0 } = response;
    text(response).then((answer) => resolve({ status, text: answer }), reject);
  });
  asked.once("error", reject);
  asked.end(body === undefined ? undefined : JSON.stringify(body));
  return promise;
}

/** Returns the IDs of the machines that a daemon lists. */
export async function listedMachines(host: Host): Promise<readonly string[]> {
  const machines = await allPages<{ readonly id: string }>(host, "machines", "machines");
  return machines.map(({ id }) => id);
}

export interface StatedUnit {
  readonly name: string;
  readonly machineID: string;
  readonly systemdActiveState: string;
  readonly systemdSubState: string;
}

/** Returns the states of all units that a daemon lists. */
export async function statedUnits(host: Host): Promise<readonly StatedUnit[]> {
  return allPages(host, "state", "states");
}

/** Returns the entries of all pages of a list of API v1. */
async function allPages<T>(host: Host, list: string, field: string): Promise<readonly T[]> {
  const entries: T[] = [];
  for (let query = ""; ;) {
    const page = await askDaemon(host, `/fleet/v1/${list}${query}`);
    const { [field]: more = [], nextPageToken: next } = page as Readonly<Record<string, T[] | string | undefined>>;
    entries.push(...(more as readonly T[]));
    if (typeof next !== "string") return entries;
    query = `?nextPageToken=${encodeURIComponent(next)}`;
  }
}
