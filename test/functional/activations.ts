import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Cluster, Host } from "../lab/index.ts";

const BEATS = "/var/tmp/beats";

/**
 * Returns a service that records its run on its host's disk, by the kernel's clock, which all hosts share.
 * @param trap a shell command for SIGTERM; an empty command ignores the signal.
 */
export function beating({ trap = "exit" } = {}): string {
  // `read` pauses without starting a process, unlike sleep.
  const beat = 'echo "$$INVOCATION_ID $$EPOCHREALTIME"; read -rt 0.02 -u 9';
  const script = `trap "${trap}" TERM; mkdir -p ${BEATS}; exec 9<> <(:); while :; do ${beat}; done >>${BEATS}/%n`;
  return `[Service]\nTimeoutStopSec=2\nExecStart=/bin/bash -c '${script}'\n`;
}

/** One run of a unit, from its first beat to its last, in milliseconds since the epoch. */
export interface Activation {
  readonly host: Host;
  readonly invocation: string;
  readonly from: number;
  readonly to: number;
}

/** Returns all runs of a beating unit, sorted by start time, including runs on hosts that are off. */
export async function activationsOf(cluster: Cluster, unit: string): Promise<Activation[]> {
  const found = await Promise.all(cluster.hosts.map((host) => activationsOn(host, unit)));
  return found.flat().sort((a, b) => a.from - b.from);
}

async function activationsOn(host: Host, unit: string): Promise<Activation[]> {
  const text = await readFile(join(host.disk.root, BEATS, unit), "utf8").catch(() => "");
  const runs = new Map<string, Activation>();
  // The text after the last newline is incomplete.
  for (const line of text.split("\n").slice(0, -1)) {
    const [invocation = "", seconds] = line.split(" ");
    const time = Number(seconds) * 1000;
    runs.set(invocation, { host, invocation, from: runs.get(invocation)?.from ?? time, to: time });
  }
  return [...runs.values()];
}
