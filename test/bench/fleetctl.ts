import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Client } from "@flotilla/api/client";
import { type Host, REPOSITORY, waitFor } from "../lab/index.ts";
import type { Figure } from "./figure.ts";

const PROGRAM = join(REPOSITORY, "packages/fleetctl/bin/fleetctl");

const FILE = "[Unit]\nDescription=One of many\n\n[Service]\nExecStart=/bin/sleep infinity\nRestart=always\n";

/**
 * Measures fleetctl's version command, and a listing compared with the API alone.
 *
 * @param units the number of units to list; they are loaded and not started.
 */
export async function fleetctlFigures(
  client: Client,
  host: Host,
  { units, runs }: { readonly units: number; readonly runs: number },
): Promise<Figure[]> {
  const names = Array.from({ length: units }, (_, index) => `bench-list-${index}.service`);
  await inBatches(names, (name) => client.putUnit(name, { file: FILE, desiredState: "loaded" }));
  await waitFor("all units to be listed", async () => (await client.listStates()).items.length >= units, {
    timeoutMs: 120_000,
    intervalMs: 200,
  });
  const endpoint = `--endpoint=unix:///proc/${host.leader}/root/run/fleet.sock`;
  const version: number[] = [];
  const api: number[] = [];
  const listing: number[] = [];
  for (let run = 0; run < runs; run++) {
    version.push(await timed(() => fleetctl("version")));
    api.push(await timed(() => Promise.all([client.listStates(), client.listMachines()])));
    listing.push(await timed(() => fleetctl(endpoint, "list-units")));
  }
  await inBatches(names, (name) => client.destroyUnit(name));
  const needed = api.toSorted((a, b) => a - b)[runs >> 1] ?? Number.NaN;
  return [
    { name: "fleetctl version", unit: "ms", samples: version, atMost: 80 },
    { name: `the API, for ${units} units`, unit: "ms", samples: api },
    { name: `fleetctl list-units, ${units} units`, unit: "ms", samples: listing, atMost: Math.round(needed + 150) },
  ];
}

function fleetctl(...args: readonly string[]): Promise<unknown> {
  return promisify(execFile)(PROGRAM, args, { maxBuffer: 64 * 1024 * 1024 });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

async function inBatches(names: readonly string[], work: (name: string) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < names.length; at += 16) await Promise.all(names.slice(at, at + 16).map(work));
}
