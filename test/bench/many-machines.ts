import { EtcdServer } from "@flotilla/store/contract";
import { type StoreCost, storeCost } from "./etcd-cost.ts";
import { etcdMetrics } from "./etcd-metrics.ts";
import type { Figure } from "./figure.ts";
import { Head } from "./head.ts";
import { Machines } from "./machines.ts";
import type { BenchOptions, Section } from "./section.ts";
import { SLEEPER } from "./sleeper.ts";

/** The number of units for each machine. A run has at least a thousand units, so that the cost per unit dominates. */
const UNITS_A_MACHINE = 10;
const LEAST_UNITS = 1_000;

/** The number of machines for which there is a limit. */
const PACED_SIZE = 1_000;
const UNITS_A_SECOND = 1_000;

interface Run {
  readonly machines: number;
  readonly units: number;
  readonly perSecond: number;
  readonly cost: StoreCost;
  readonly used: Used;
  /** MB of memory: etcd, all agents' processes, and etcd's data. */
  readonly etcdMemory: number;
  readonly agentsMemory: number;
  readonly data: number;
}

/** CPU time in milliseconds. The head runs in this process. */
interface Used {
  readonly head: number;
  readonly agents: number;
  readonly etcd: number;
}

/**
 * Runs the real agents and engine on a real etcd, with systemd in memory, to measure costs that grow with the machines.
 */
export const manyMachines: Section = {
  name: "machines",
  about: `--machines without hosts on one etcd, ${UNITS_A_MACHINE} units each`,
  measure: async ({ machines: sizes, progress }: BenchOptions): Promise<readonly Figure[]> => {
    const figures: Figure[] = [];
    for (const machines of sizes) {
      progress(`${machines} machines`);
      figures.push(...figuresOf(await run(machines, progress)));
    }
    return figures;
  },
};

async function run(count: number, progress: BenchOptions["progress"]): Promise<Run> {
  await using etcd = await EtcdServer.start({ args: ["--quota-backend-bytes", String(8e9)] });
  using machines = await Machines.join(etcd.endpoint, count);
  const head = await Head.start(etcd.endpoint);
  const units = Math.max(LEAST_UNITS, count * UNITS_A_MACHINE);
  progress(`${head.machines} joined; starting ${units} units`);
  const names = Array.from({ length: units }, (_, index) => `many${index}.service`);
  const before = await usedSoFar(etcd, machines);
  let took = Number.NaN;
  const cost = await storeCost(etcd.endpoint, units, async () => {
    took = await head.startUnits(names, SLEEPER);
  });
  const after = await usedSoFar(etcd, machines);
  const metrics = await etcdMetrics(etcd.endpoint);
  const result = {
    machines: count,
    units,
    perSecond: (1_000 * units) / took,
    cost,
    used: {
      head: (after.head - before.head) / units,
      agents: (after.agents - before.agents) / units,
      etcd: (after.etcd - before.etcd) / units,
    },
    etcdMemory: metrics.sum("process_resident_memory_bytes") / 1e6,
    agentsMemory: await machines.memory(),
    data: metrics.sum("etcd_mvcc_db_total_size_in_bytes") / 1e6,
  };
  await head.stop();
  return result;
}

async function usedSoFar(etcd: EtcdServer, machines: Machines): Promise<Used> {
  const { user, system } = process.cpuUsage();
  const metrics = await etcdMetrics(etcd.endpoint);
  return {
    head: (user + system) / 1_000,
    agents: await machines.processorTime(),
    etcd: 1_000 * metrics.sum("process_cpu_seconds_total"),
  };
}

function figuresOf({ machines, units, perSecond, cost, used, etcdMemory, agentsMemory, data }: Run): Figure[] {
  const size = `${machines} machines, ${units} units`;
  const one = (name: string, unit: string, sample: number): Figure => ({
    name: `${name}, ${size}`,
    unit,
    samples: [sample],
  });
  return [
    {
      ...one("submitted to active", "units/s", perSecond),
      ...(machines === PACED_SIZE && { atLeast: UNITS_A_SECOND }),
    },
    one("store calls", "a unit", cost.calls),
    one("keys written", "a unit", cost.keysWritten),
    one("fsyncs", "a unit", cost.fsyncs),
    one("watch events", "a unit", cost.eventsSent),
    one("bytes to and from etcd", "a unit", cost.bytes),
    one("processor time of API and engine", "ms a unit", used.head),
    one("processor time of agents", "ms a unit", used.agents),
    one("processor time of etcd", "ms a unit", used.etcd),
    one("etcd's memory", "MB", etcdMemory),
    one("etcd's data", "MB", data),
    one("agents' memory, all", "MB", agentsMemory),
  ];
}
