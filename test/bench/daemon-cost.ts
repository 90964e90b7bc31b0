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
export function residentMemory(host: Host): Promise<number> {
  return memoryOf(host, "VmRSS");
}

/** Returns the part of the resident memory that is no page of a file, in MB of 10^6 bytes. */
export function ownMemory(host: Host): Promise<number> {
  return memoryOf(host, "RssAnon");
}

/** Reads a field of proc_pid_status(5). */
async function memoryOf(host: Host, field: "VmRSS" | "RssAnon"): Promise<number> {
  const status = await host.readFile(`/proc/${await daemonOf(host)}/status`);
  return (Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) * 1024) / 1e6;
}

/** Returns the CPU time that a host's fleetd uses in `ms` milliseconds, in percent of one core. */
export async function daemonIdleCost(host: Host, ms: number): Promise<number> {
  const read = async (): Promise<number> => Number((await host.show("fleet.service", "CPUUsageNSec"))["CPUUsageNSec"]);
  const [before, begun] = [await read(), performance.now()];
  await delay(ms);
  return ((await read()) - before) / 1e4 / (performance.now() - begun);
}

/** Returns the number of file descriptors that a host's fleetd has open. */
export async function openFiles(host: Host): Promise<number> {
  const { stdout } = await host.run(["ls", `/proc/${await daemonOf(host)}/fd`]);
  return stdout.trim().split("\n").length;
}

async function daemonOf(host: Host): Promise<string> {
  return (await host.show("fleet.service", "MainPID"))["MainPID"] ?? "";
}
