import { setTimeout as delay } from "node:timers/promises";
import { Cluster, type Host } from "../lab/index.ts";
import { bareStartAtOnce } from "./bare-systemd.ts";
import { type BenchCluster, destroyAll, startAtOnce } from "./cluster-starts.ts";
import { clientOf, ClusterWatcher } from "./cluster-watcher.ts";
import { idleCost, residentMemory } from "./daemon-cost.ts";
import type { Figure } from "./figure.ts";
import { powerCut } from "./power-cut.ts";
import type { BenchOptions, Section } from "./section.ts";
import { startByV1 } from "./v1-burst.ts";

const HOSTS = 10;
const UNITS = 1_000;

/** fleetd's default. An idle daemon's cost is mostly the renewal of leases. */
const TTL_MS = 30_000;

/** How long the idle cluster is measured, in milliseconds. */
const IDLE_MS = 20_000;

/**
 * Time for the work that follows a burst: units become stable, and V8 collects garbage within 24 s (0.1 s for each
 * daemon).
 */
const SETTLE_MS = 30_000;

/**
 * Starts 1,000 units at once, which was fleet's limit, measures the idle cluster, and cuts the power of one host in
 * ten.
 */
export const tenHosts: Section = {
  name: "ten",
  about: `${UNITS} units on ${HOSTS} hosts: started at once, at rest, and moved off a dead host`,
  measure: async ({ rounds, progress }: BenchOptions): Promise<readonly Figure[]> => {
    await using cluster = await Cluster.boot({ hosts: HOSTS });
    const client = clientOf(cluster.host(1));
    const open = async (): Promise<BenchCluster> => ({ client, watcher: await ClusterWatcher.open(client) });
    const samples = newSamples();
    for (let round = 1; round <= rounds; round++) {
      progress(`round ${round} of ${rounds}: at once`);
      const bench = await open();
      samples.bare.push(await bareStartAtOnce(cluster.hosts, UNITS));
      const { names, took } = await startAtOnce(bench, "bulk", UNITS);
      samples.bulk.push(took);
      bench.watcher.close();
      progress(`round ${round} of ${rounds}: one by one over API v1`);
      await oneByOne(await open(), cluster, names, samples);
      progress(`round ${round} of ${rounds}: at rest`);
      await delay(SETTLE_MS);
      await atRest(cluster, await leaderOf(bench, cluster), samples);
      progress(`round ${round} of ${rounds}: off a dead host`);
      await offDeadHost(await open(), cluster, samples);
      const last = await open();
      await destroyAll(last, names);
      last.watcher.close();
    }
    client.close();
    return figures(samples);
  },
};

interface Samples {
  readonly bare: number[];
  readonly bulk: number[];
  readonly accepted: number[];
  readonly burst: number[];
  readonly daemons: number[];
  readonly etcd: number[];
  readonly member: number[];
  readonly leader: number[];
  readonly cut: number[];
}

function newSamples(): Samples {
  return { bare: [], bulk: [], accepted: [], burst: [], daemons: [], etcd: [], member: [], leader: [], cut: [] };
}

/** Destroys the units and starts them again as programs written for fleet do. */
async function oneByOne(
  bench: BenchCluster,
  cluster: Cluster,
  names: readonly string[],
  samples: Samples,
): Promise<void> {
  await destroyAll(bench, names);
  bench.watcher.close();
  const { accepted, active } = await startByV1(cluster.host(1), names);
  samples.accepted.push(accepted);
  samples.burst.push(active);
}

async function atRest(cluster: Cluster, leader: Host, samples: Samples): Promise<void> {
  const { daemons, etcd } = await idleCost(cluster, IDLE_MS);
  samples.daemons.push(daemons);
  samples.etcd.push(etcd);
  samples.leader.push(await residentMemory(leader));
  // The leader and the queried host use more memory than other hosts.
  const others = cluster.hosts.slice(1).filter((host) => host !== leader);
  samples.member.push(...(await Promise.all(others.map(residentMemory))));
}

/** Cuts the power of the last host, not of the first one, whose API the watcher uses. */
async function offDeadHost(bench: BenchCluster, cluster: Cluster, samples: Samples): Promise<void> {
  const { took } = await powerCut(bench, cluster, cluster.host(HOSTS));
  samples.cut.push(took);
  bench.watcher.close();
}

async function leaderOf({ client }: BenchCluster, cluster: Cluster): Promise<Host> {
  const { leader } = await client.getVersion();
  for (const host of cluster.hosts) if ((await host.machineId()) === leader) return host;
  throw new Error("no host of the lab leads");
}

function figures({ bare, bulk, accepted, burst, daemons, etcd, member, leader, cut }: Samples): Figure[] {
  const baseline = { name: `systemctl start, ${UNITS} units` };
  const many = `${UNITS} units, ${HOSTS} hosts`;
  return [
    { ...baseline, unit: "ms", samples: bare },
    { name: `start to active, ${many}`, unit: "ms", samples: bulk, baseline: { ...baseline, atMost: 1.5 } },
    { name: `API v1 over 8 connections, all accepted, ${many}`, unit: "ms", samples: accepted, baseline },
    {
      name: `API v1 over 8 connections, polled to active, ${many}`,
      unit: "ms",
      samples: burst,
      baseline: { ...baseline, atMost: 2 },
    },
    { name: `all daemons at rest, ${many}`, unit: "% of a core", samples: daemons, atMost: 2 },
    { name: `etcd at rest, ${many}`, unit: "% of a core", samples: etcd, atMost: 5 },
    { name: `fleetd with ${UNITS / HOSTS} units`, unit: "MB", samples: member, atMost: 80 },
    { name: `leader of ${UNITS} units`, unit: "MB", samples: leader, atMost: 110 },
    {
      name: `power cut to active elsewhere, ${UNITS / HOSTS} units, agent_ttl=${TTL_MS / 1000}s`,
      unit: "ms",
      samples: cut,
      atMost: TTL_MS + 2_000,
    },
  ];
}
