import type { Client } from "@flotilla/api/client";
import type { ClusterWatcher } from "./cluster-watcher.ts";
import { SLEEPER } from "./sleeper.ts";

export interface BenchCluster {
  readonly client: Client;
  readonly watcher: ClusterWatcher;
}

/**
 * Starts units in sequence, then destroys them. Returns milliseconds from each request until the watch stream shows it.
 */
export async function startsOneByOne(
  { client, watcher }: BenchCluster,
  prefix: string,
  count: number,
): Promise<{ start: number[]; destroy: number[] }> {
  const start: number[] = [];
  const destroy: number[] = [];
  const names = unitNames(prefix, count);
  for (const name of names) {
    const begun = performance.now();
    await client.putUnit(name, { file: SLEEPER, desiredState: "launched" });
    await watcher.untilActive([name]);
    start.push(performance.now() - begun);
  }
  for (const name of names) {
    const begun = performance.now();
    await client.destroyUnit(name);
    await watcher.untilGone([name]);
    destroy.push(performance.now() - begun);
  }
  return { start, destroy };
}

/** Starts all units at once; returns milliseconds until all are active. The units keep running. */
export async function startAtOnce(
  { client, watcher }: BenchCluster,
  prefix: string,
  count: number,
  file = SLEEPER,
): Promise<{ names: string[]; took: number }> {
  const names = unitNames(prefix, count);
  const begun = performance.now();
  await Promise.all(names.map((name) => client.putUnit(name, { file, desiredState: "launched" })));
  await watcher.untilActive(names);
  return { names, took: performance.now() - begun };
}

export async function destroyAll({ client, watcher }: BenchCluster, names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => client.destroyUnit(name)));
  await watcher.untilGone(names);
}

export function unitNames(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index + 1}.service`);
}
