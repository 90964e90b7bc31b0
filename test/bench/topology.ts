import { setTimeout as delay } from "node:timers/promises";
import { TestAuthority } from "@flotilla/link/fixture";
import { EtcdServer } from "@flotilla/store/contract";
import { type StoreCost, storeCost } from "./etcd-cost.ts";
import { etcdMetrics } from "./etcd-metrics.ts";
import { Machines } from "./machines.ts";
import { Servers } from "./servers.ts";

export interface Topology {
  readonly machines: number;
  /** The servers that machines have a session with; 0: each machine is a client of etcd. */
  readonly servers: number;
}

/** CPU time of the parts, in milliseconds. Servers are API, engine and gateway. */
export interface Used {
  readonly servers: number;
  readonly agents: number;
  readonly etcd: number;
}

/** What a run has measured. Costs are per unit. */
export interface Run {
  readonly machines: number;
  readonly units: number;
  readonly perSecond: number;
  readonly cost: StoreCost;
  readonly used: Used;
  /** Milliseconds of each start of one unit afterwards. */
  readonly single: readonly number[];
  /** CPU time of the parts in a second without changes. */
  readonly atRest: Used;
  /** Resident memory in MB: etcd, the leading server, the largest of the other servers, all processes of agents. */
  readonly memory: {
    readonly etcd: number;
    readonly leader: number;
    readonly other: number | undefined;
    readonly agents: number;
  };
  /** etcd's data in MB. */
  readonly data: number;
}

/** The number of units for each machine. A run has at least a thousand units, so that the cost per unit dominates. */
export const UNITS_A_MACHINE = 10;
const LEAST_UNITS = 1_000;

/** Starts of one unit on the idle cluster, after some that are not measured. */
const SINGLE_STARTS = 40;
const WARM_UP = 20;

const REST_MS = 12_000;

/**
 * Runs real agents and engine on a real etcd, with systemd in memory, to measure costs that grow with the machines. Real
 * agents that have servers have sessions over TLS on loopback.
 */
export async function runTopology(topology: Topology, progress: (line: string) => void): Promise<Run> {
  const { machines: count, servers: gateways } = topology;
  await using etcd = await EtcdServer.start({ args: ["--quota-backend-bytes", String(8e9)] });
  const authority = gateways > 0 ? JSON.stringify(await (await TestAuthority.create()).stored()) : undefined;
  await using servers = await Servers.start({
    etcd: etcd.endpoint,
    count: Math.max(1, gateways),
    ...(authority !== undefined && { authority }),
  });
  const began = performance.now();
  await using machines = await Machines.join(
    authority === undefined ? { etcd: etcd.endpoint } : { servers: servers.addresses, authority },
    count,
  );
  await servers.untilMachines(count);
  const units = Math.max(LEAST_UNITS, count * UNITS_A_MACHINE);
  progress(`${count} joined in ${((performance.now() - began) / 1_000).toFixed(1)} s; starting ${units} units`);
  const used = async (): Promise<Used> => ({
    servers: await servers.processorTime(),
    agents: await machines.processorTime(),
    etcd: 1_000 * (await etcdMetrics(etcd.endpoint)).sum("process_cpu_seconds_total"),
  });
  const before = await used();
  let took = Number.NaN;
  const cost = await storeCost(etcd.endpoint, units, async () => {
    took = await servers.startAtOnce("many", units);
  });
  const after = await used();
  progress(`${units} active; starting single units`);
  await servers.startOneByOne("warm", WARM_UP);
  const single = await servers.startOneByOne("single", SINGLE_STARTS);
  const restBegan = [await used(), performance.now()] as const;
  await delay(REST_MS);
  const atRest = per(restBegan[0], await used(), (performance.now() - restBegan[1]) / 1_000);
  const metrics = await etcdMetrics(etcd.endpoint);
  const [leader = Number.NaN, ...others] = await servers.memory();
  return {
    machines: count,
    units,
    perSecond: (1_000 * units) / took,
    cost,
    used: per(before, after, units),
    single,
    atRest,
    memory: {
      etcd: metrics.sum("process_resident_memory_bytes") / 1e6,
      leader,
      other: others.length > 0 ? Math.max(...others) : undefined,
      agents: await machines.memory(),
    },
    data: metrics.sum("etcd_mvcc_db_total_size_in_bytes") / 1e6,
  };
}

/** What was used between two times, divided by `parts`. */
function per(before: Used, after: Used, parts: number): Used {
  const share = (part: keyof Used): number => (after[part] - before[part]) / parts;
  return { servers: share("servers"), agents: share("agents"), etcd: share("etcd") };
}
