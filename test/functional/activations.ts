import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Cluster, Host } from "../lab/index.ts";

const BEATS = "/var/tmp/beats";

/**
 * A service that records on its host's disk that it runs, by the kernel's clock, which all hosts share.
 * @param trap a shell command for SIGTERM; an empty one ignores the signal.
 */
export function beating({ trap = "exit" } = {}): string {
  // The read is a pause without a process of its own.
  const beat = 'echo "$$INVOCATION_ID $$EPOCHREALTIME"; read -rt 0.02 -u 9';
  const script = `trap "${trap}" TERM; mkdir -p ${BEATS}; exec 9<> <(:); while :; do ${beat}; done >>${BEATS}/%n`;
  return `[Service]\nTimeoutStopSec=2\nExecStart=/bin/bash -c '${script}'\n`;
}

/** One run of a unit, from its first to its last beat, in milliseconds since the epoch. */
export interface Activation {
  readonly host: Host;
  readonly invocation: string;
  readonly from: number;
  readonly to: number;
}

/** Returns all runs of a beating unit by start time, also those on hosts that are off. */
export async function activationsOf(cluster: Cluster, unit: string): Promise<Activation[]> {
  const found = await Promise.all(cluster.hosts.map((host) => activationsOn(host, unit)));
  return found.flat().sort((a, b) => a.from - b.from);
}

async function activationsOn(host: Host, unit: string): Promise<Activation[]> {
  const text = await readFile(join(host.disk.root, BEATS, unit), "utf8").catch(() => "");
  const runs = new Map<string, Activation>();
  // Text after the last newline is still being written.
  for (const line of text.split("\n").slice(0, -1)) {
    const [invocation = "", seconds] = line.split(" ");
    const time = Number(seconds) * 1000;
    runs.set(invocation, { host, invocation, from: runs.get(invocation)?.from ?? time, to: time });
  }
  return [...runs.values()];
}
