import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Client, openClient } from "@flotilla/api/client";
import { silentLogger, systemClock } from "@flotilla/runtime";
import { EtcdServer } from "@flotilla/store/contract";
import { openEtcdStore } from "@flotilla/store/etcd";
import type { Figure } from "./figure.ts";
import type { BenchOptions, Section } from "./section.ts";
import { StockedCluster } from "./stocked-cluster.ts";
import { lastLineOfSlowReader, stamp, WatchReaders } from "./watch-readers.ts";

const UNITS = 10_000;
const STREAMS = 1_000;
const CHANGES_A_SECOND = 100;
const WATCHED_MS = 5_000;

/** A little longer than the daemon waits for a slow reader; the reader then still has time for the last line. */
const SLOW_MS = 32_000;

/** Listings and watch streams of one daemon's API. */
export const api: Section = {
  name: "api",
  about: `one daemon's API: ${UNITS} units listed, ${STREAMS} watch streams, a slow reader`,
  measure: async ({ rounds, progress }: BenchOptions): Promise<readonly Figure[]> => {
    await using etcd = await EtcdServer.start();
    const common = { clock: systemClock, random: Math.random, log: silentLogger };
    const store = openEtcdStore({ ...common, endpoints: [etcd.endpoint], requestTimeoutMs: 10_000 });
    progress(`writing ${UNITS} units`);
    const cluster = await StockedCluster.fill(store, UNITS);
    const socket = join(tmpdir(), `flotilla-bench-${process.pid}.sock`);
    const server = fork(join(import.meta.dirname, "api-process.ts"), [
      `--endpoint=${etcd.endpoint}`,
      `--socket=${socket}`,
    ]);
    await once(server, "message");
    const client = openClient({ endpoints: [`unix://${socket}`], requestTimeoutMs: 10_000 });
    try {
      progress("listing");
      const listings = await listingFigures(client, rounds);
      progress(`${STREAMS} watch streams`);
      return [...listings, ...(await watchFigures(server, socket, cluster, rounds))];
    } finally {
      client.close();
      server.kill("SIGKILL");
      await store.close();
    }
  },
};

async function listingFigures(client: Client, rounds: number): Promise<Figure[]> {
  const units: number[] = [];
  const states: number[] = [];
  for (let run = 0; run < 5 * rounds; run++) {
    units.push(await timed(() => client.listUnits()));
    states.push(await timed(() => client.listStates()));
  }
  return [
    { name: `listing ${UNITS} units in pages`, unit: "ms", samples: units, atMost: 300 },
    { name: `listing ${UNITS} states in pages`, unit: "ms", samples: states, atMost: 300 },
  ];
}

async function watchFigures(
  server: ChildProcess,
  socket: string,
  cluster: StockedCluster,
  rounds: number,
): Promise<Figure[]> {
  const before = await residentMemory(server);
  const readers = await WatchReaders.open(socket, STREAMS);
  const opened = await residentMemory(server);
  await change(cluster, AbortSignal.timeout(rounds * WATCHED_MS));
  await delay(1_000);
  const [delays, seen] = [readers.delays.toSorted((a, b) => a - b), readers.delays.length];
  const busy = await residentMemory(server);
  readers.close();
  const last = await lastLineOfSlowReader(socket, SLOW_MS, () => cluster.publish(cluster.names, "waiting"));
  return [
    { name: `a change on each of ${STREAMS} watch streams`, unit: "ms", samples: delays, p99AtMost: 250 },
    {
      name: `changes seen, of ${CHANGES_A_SECOND} a second on each`,
      unit: "/s",
      samples: [seen / STREAMS / ((rounds * WATCHED_MS) / 1_000)],
    },
    { name: "daemon before the streams", unit: "MB", samples: [before] },
    { name: `daemon with ${STREAMS} streams`, unit: "MB", samples: [opened] },
    { name: `daemon with ${STREAMS} busy streams`, unit: "MB", samples: [busy] },
    { name: "daemon after a slow reader", unit: "MB", samples: [await residentMemory(server)] },
    {
      name: "slow readers that get the reason for their end",
      unit: "of 1",
      samples: [last.includes("slow-reader") ? 1 : 0],
      atLeast: 1,
    },
  ];
}

/** Changes units one by one at a fixed rate until aborted. */
async function change(cluster: StockedCluster, signal: AbortSignal): Promise<void> {
  const begun = performance.now();
  for (let made = 0; !signal.aborted; made++) {
    await cluster.publish([cluster.names[made % UNITS] ?? ""], stamp());
    await delay(Math.max(0, begun + ((made + 1) * 1_000) / CHANGES_A_SECOND - performance.now()));
  }
}

async function residentMemory({ pid }: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return (Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) * 1024) / 1e6;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}
