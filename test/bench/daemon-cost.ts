import { setTimeout as delay } from "node:timers/promises";
import type { Cluster, Host } from "../lab/index.ts";
import { etcdMetrics } from "./etcd-metrics.ts";

/** What the daemons of a cluster have used of the machine in some time, as shares of one core in percent. */
export interface Idle {
  /** All fleetds together. */
  readonly daemons: number;
  readonly etcd: number;
}

/** Watches for `ms` milliseconds over the CPU time that daemons and etcd use, by the kernel's account. */
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

/** Resident memory of a host's fleetd, MB of 10^6 bytes. */
export async function residentMemory(host: Host): Promise<number> {
  const status = await host.readFile(`/proc/${await daemonOf(host)}/status`);
  return (Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024) / 1e6;
}

/** How many files, sockets and the like a host's fleetd has open. */
export async function openFiles(host: Host): Promise<number> {
  const { stdout } = await host.run(["ls", `/proc/${await daemonOf(host)}/fd`]);
  return stdout.trim().split("\n").length;
}

async function daemonOf(host: Host): Promise<string> {
  return (await host.show("fleet.service", "MainPID"))["MainPID"] ?? "";
}
