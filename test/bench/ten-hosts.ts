import { setTimeout as delay } from "node:timers/promises";
import { Cluster, type Host } from "../lab/index.ts";
import { bareStartAtOnce } from "./bare-systemd.ts";
import { type BenchCluster, destroyAll, startAtOnce } from "./cluster-starts.ts";
import { clientOf, ClusterWatcher } from "./cluster-watcher.ts";
import { idleCost, residentMemory } from "./daemon-cost.ts";
import type { Figure } from "./figure.ts";
import { powerCut } from "./power-cut.ts";
import type { BenchOptions, Section } from "./section.ts";

const HOSTS = 10;
const UNITS = 1_000;

/** fleetd's default: the cost of idle daemons is mostly lease renewals. */
const TTL_MS = 30_000;

/** How long the idle cluster is measured. */
const IDLE_MS = 20_000;

/** Time for the follow-up work of a burst: units become stable, and V8 collects garbage once (0.1 s a daemon) within 24 s. */
const SETTLE_MS = 30_000;

/** fleet's limit was 1,000 units: that many at once, then idle, and a tenth of them moved off a dead host. */
export const tenHosts: Section = {
  name: "ten",
  about: `${UNITS} units on ${HOSTS} hosts: all at once, at rest, and off a host that dies`,
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
  readonly daemons: number[];
  readonly etcd: number[];
  readonly member: number[];
  readonly leader: number[];
  readonly cut: number[];
}

function newSamples(): Samples {
  return { bare: [], bulk: [], daemons: [], etcd: [], member: [], leader: [], cut: [] };
}

async function atRest(cluster: Cluster, leader: Host, samples: Samples): Promise<void> {
  const { daemons, etcd } = await idleCost(cluster, IDLE_MS);
  samples.daemons.push(daemons);
  samples.etcd.push(etcd);
  samples.leader.push(await residentMemory(leader));
  // Neither the leader nor the host that this benchmark queries.
  const others = cluster.hosts.slice(1).filter((host) => host !== leader);
  samples.member.push(...(await Promise.all(others.map(residentMemory))));
}

/** Any host except the queried one, so that the watcher keeps its connection. */
async function offDeadHost(bench: BenchCluster, cluster: Cluster, samples: Samples): Promise<void> {
  const { took } = await powerCut(bench, cluster, cluster.host(HOSTS));
  samples.cut.push(took);
  bench.watcher.close();
}

async function leaderOf({ client }: BenchCluster, cluster: Cluster): Promise<Host> {
  const { leader } = await client.getVersion();
  for (const host of cluster.hosts) if ((await host.machineId()) === leader) return host;
  throw new Error("No host of the lab leads.");
}

function figures({ bare, bulk, daemons, etcd, member, leader, cut }: Samples): Figure[] {
  const peer = { name: `systemctl start, ${UNITS} units` };
  const many = `${UNITS} units, ${HOSTS} hosts`;
  return [
    { ...peer, unit: "ms", samples: bare },
    { name: `start to active, ${many}`, unit: "ms", samples: bulk, peer: { ...peer, atMost: 1.5 } },
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
