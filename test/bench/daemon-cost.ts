import { setTimeout as delay } from "node:timers/promises";
import type { Cluster, Host } from "../lab/index.ts";
import { etcdMetrics } from "./etcd-metrics.ts";

/** The CPU time that a cluster uses in a period, in percent of one core. */
export interface Idle {
  /** The sum for all fleetds. */
  readonly daemons: number;
  readonly etcd: number;
}

/** Measures the CPU time of daemons and etcd for `ms` milliseconds, from the kernel's accounting. */
export async function idleCost({ hosts, etcd }: Cluster, ms: number): Promise<Idle> {
  const read = async (): Promise<{ readonly at: number; readonly daemons: number; readonly etcd: number }> => {
    const each = await Promise.all(hosts.map((host) => host.show("fleet.service", "CPUUsageNSec")));
    const nanoseconds = each.map(({ CPUUsageNSec }) => Number(CPUUsageNSec));
    const seconds = (await etcdMetrics(etcd.endpoint)).sum("process_cpu_seconds_total");
    return { at: performance.now(), daemons: nanoseconds.reduce((a, b) => a + b, 0) / 1e9, etcd: seconds };
  };
  const before = await read();
  await delay(ms);
  const after = await read();
  const seconds = (after.at - before.at) / 1000;
  const share = (used: number): number => (100 * used) / seconds;
  return { daemons: share(after.daemons - before.daemons), etcd: share(after.etcd - before.etcd) };
}

/** Returns the resident memory of a host's fleetd in MB of 10^6 bytes. */
export async function residentMemory(host: Host): Promise<number> {
  const status = await host.readFile(`/proc/${await daemonOf(host)}/status`);
  return (Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024) / 1e6;
}

/** Returns the number of file descriptors that a host's fleetd has open. */
export async function openFiles(host: Host): Promise<number> {
  const { stdout } = await host.run(["ls", `/proc/${await daemonOf(host)}/fd`]);
  return stdout.trim().split("\n").length;
}

async function daemonOf(host: Host): Promise<string> {
  return (await host.show("fleet.service", "MainPID"))["MainPID"] ?? "";
}
