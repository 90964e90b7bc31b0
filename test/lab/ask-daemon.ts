import { request } from "node:http";
import { json } from "node:stream/consumers";
import type { Host } from "./host.ts";

/** As long as fleetctl waits for an answer, and more: a daemon that restarts answers once it is up. */
const TIMEOUT_MS = 10_000;

/**
 * What a host's daemon answers to a GET, without a process on the host: a wait that asks twenty times a second by fleetctl
 * would occupy half a processor.
 * @throws when the daemon cannot be reached or refuses.
 */
export async function askDaemon(host: Host, path: string): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const socketPath = `/proc/${host.leader}/root/run/fleet.sock`;
  const asked = request({ socketPath, path, agent: false, signal: AbortSignal.timeout(TIMEOUT_MS) }, (response) => {
    const { statusCode } = response;
    json(response).then(
      (answer) => (statusCode === 200 ? resolve(answer) : reject(new Error(`${path}: ${JSON.stringify(answer)}`))),
      reject,
    );
  });
  asked.once("error", reject);
  asked.end();
  return promise;
}

/** @throws unless a daemon lists exactly so many machines, or more than a page of them. */
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

/** The states of all units as a daemon shows them in API v1; of more than a page, the first hundred. */
export async function statedUnits(host: Host): Promise<readonly StatedUnit[]> {
  const { states = [] } = (await askDaemon(host, "/fleet/v1/state")) as { states?: readonly StatedUnit[] };
  return states;
}
