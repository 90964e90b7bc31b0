import { Cluster, type Host } from "../lab/index.ts";
import { type BenchCluster, destroyAll, startAtOnce } from "./cluster-starts.ts";
import { clientOf, ClusterWatcher } from "./cluster-watcher.ts";
import { openFiles, residentMemory } from "./daemon-cost.ts";
import { countKeys, etcdMetrics } from "./etcd-metrics.ts";
import type { Figure } from "./figure.ts";
import { powerCut } from "./power-cut.ts";
import type { BenchOptions, Section } from "./section.ts";

const HOSTS = 5;
/** The number of units that run throughout. */
const RESIDENTS = 25;
/** The number of units that each turn starts and destroys. */
const GUESTS = 50;
/** The share of the time before the measurement begins. */
const WARM_UP = 0.3;
/** Every so many turns, a host loses power. */
const CUT_EVERY = 5;

/** The highest allowed growth, as a ratio. V8 returns only a part of its memory. */
const GROWTH = { memory: 1.2, files: 1.1, keys: 1.02 } as const;

/** Starts and destroys units and cuts hosts' power for a while; nothing may have grown in the end. */
export const soak: Section = {
  name: "soak",
  about: `churn on ${HOSTS} hosts for --minutes: memory, open files and etcd's keys`,
  measure: async ({ minutes, progress }: BenchOptions): Promise<readonly Figure[]> => {
    await using cluster = await Cluster.boot({ hosts: HOSTS, config: () => ({ agent_ttl: "5s" }) });
    const client = clientOf(cluster.host(1));
    const bench: BenchCluster = { client, watcher: await ClusterWatcher.open(client) };
    await startAtOnce(bench, "resident", RESIDENTS);
    let turns = 0;
    const churn = async (until: number): Promise<void> => {
      do {
        await turn(bench, cluster, turns);
        turns += 1;
        progress(`turn ${turns}`);
      } while (performance.now() < until);
    };
    // Warm up first: caches and compiled code grow at first use.
    const begun = performance.now();
    await churn(begun + minutes * 60_000 * WARM_UP);
    const before = await look(cluster);
    await churn(begun + minutes * 60_000);
    const after = await look(cluster);
    bench.watcher.close();
    client.close();
    return [
      { name: `turns of ${GUESTS} units in ${minutes} min`, unit: "turns", samples: [turns] },
      ...grown("memory of a fleetd", "MB", before.memory, after.memory, GROWTH.memory),
      ...grown("open files of a fleetd", "files", before.files, after.files, GROWTH.files),
      ...grown("keys in etcd", "keys", [before.keys], [after.keys], GROWTH.keys),
    ];
  },
};

interface Look {
  readonly memory: readonly number[];
  readonly files: readonly number[];
  readonly keys: number;
}

/** Events are kept for days, up to their own limits, so their keys do not count. */
async function look({ hosts, etcd }: Cluster): Promise<Look> {
  const all = (await etcdMetrics(etcd.endpoint)).sum("etcd_debugging_mvcc_keys_total");
  const keys = all - (await countKeys(etcd.endpoint, "/_coreos.com/fleet/event/"));
  return {
    // Not the last host: its power is cut repeatedly, so its daemon is always young.
    memory: await Promise.all(hosts.slice(0, -1).map(residentMemory)),
    files: await Promise.all(hosts.slice(0, -1).map(openFiles)),
    keys,
  };
}

async function turn(bench: BenchCluster, cluster: Cluster, number: number): Promise<void> {
  const { client, watcher } = bench;
  const { names } = await startAtOnce(bench, "guest", GUESTS);
  await Promise.all(names.map((name) => client.putUnit(name, { desiredState: "loaded" })));
  await watcher.untilInactive(names);
  await Promise.all(names.map((name) => client.putUnit(name, { desiredState: "launched" })));
  await watcher.untilActive(names);
  if (number % CUT_EVERY === 0) await powerCut(bench, cluster, lastOf(cluster));
  await destroyAll(bench, names);
}

function lastOf({ hosts }: Cluster): Host {
  const last = hosts.at(-1);
  if (last === undefined) throw new Error("the lab has no hosts");
  return last;
}

function grown(
  what: string,
  unit: string,
  before: readonly number[],
  after: readonly number[],
  most: number,
): readonly Figure[] {
  const baseline = { name: `${what}, before`, atMost: most };
  return [
    { name: baseline.name, unit, samples: before },
    { name: `${what}, after`, unit, samples: after, baseline },
  ];
}
