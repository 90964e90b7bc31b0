import { mkdir, writeFile } from "node:fs/promises";
import type { Cluster, Host } from "../lab/index.ts";
import { askDaemon, waitFor, type WaitOptions } from "../lab/index.ts";

/** A unit that logs one line when it starts, and keeps running. */
export const SLEEPER =
  "[Unit]\nDescription=Sleeps\n\n[Service]\nExecStart=/bin/sh -c 'echo began to sleep; exec sleep 100000'\n";

/** Returns a oneshot that counts its starts in a file on the host's disk. */
export function countingOneshot(file: string): string {
  return `[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo once >> ${file}'\n`;
}

/** Writes unit files to a host and starts the units with fleetctl. */
export async function startUnits(cluster: Cluster, host: Host, files: Readonly<Record<string, string>>): Promise<void> {
  await putFiles(host, files);
  await cluster.fleetctl(host, ["start", ...Object.keys(files).map((name) => `/tmp/units/${name}`)]);
}

export async function putFiles(host: Host, files: Readonly<Record<string, string>>): Promise<void> {
  // From outside the host, without a process for each file: no part of this path is a link.
  const directory = `/proc/${host.leader}/root/tmp/units`;
  await mkdir(directory, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(`${directory}/${name}`, text);
}

/** Waits until an engine leads, and resolves to its host. */
export async function leaderOf(cluster: Cluster): Promise<Host> {
  return waitFor("an engine to lead", async () => {
    const [asked] = cluster.hosts.filter(({ isOn }) => isOn);
    const { leader } = (asked === undefined ? {} : await askDaemon(asked, "/fleet/v2/version")) as { leader?: string };
    for (const host of cluster.hosts) if ((await host.machineId()) === leader) return host;
    return undefined;
  });
}

/** Returns the unit's main PID. */
export async function mainPid(host: Host, unit: string): Promise<string> {
  return (await host.show(unit, "MainPID"))["MainPID"] ?? "";
}

/**
 * Returns each unit's host, main PID, invocation ID and number of restarts. If two results are equal, no unit was
 * stopped, started, moved or duplicated in between.
 */
export async function processesOf(
  hosts: readonly Host[],
  units: readonly string[],
): Promise<Readonly<Record<string, readonly string[]>>> {
  const found: Record<string, string[]> = {};
  for (const host of hosts.filter(({ isOn }) => isOn)) {
    const shown = await host.showAll(units, "MainPID", "InvocationID", "NRestarts");
    for (const [index, unit] of units.entries()) {
      const { MainPID: pid = "0", InvocationID: run, NRestarts: restarts } = shown[index] ?? {};
      if (pid !== "0") (found[unit] ??= []).push(`${host.name}: PID ${pid}, run ${run}, ${restarts} restarts`);
    }
  }
  return found;
}

/** Waits until fleetd on a host serves requests. */
export async function fleetdReady(host: Host, { timeoutMs = 30_000 }: WaitOptions = {}): Promise<void> {
  await waitFor(`fleetd on ${host.name} to serve requests`, () => askDaemon(host, "/fleet/v1/machines"), { timeoutMs });
}

/** Undoes a SIGSTOP of fleetd. On a slow machine, systemd's watchdog may have killed the stopped daemon already. */
export async function continueFleetd(host: Host): Promise<void> {
  const kill = ["systemctl", "kill", "--kill-whom=main", "--signal=SIGCONT", "fleet.service"];
  await host.run(kill, { check: false });
}

/** Returns the number of starts that a countingOneshot has recorded. */
export async function startsCounted(host: Host, file: string): Promise<number> {
  const { stdout } = await host.run(["sh", "-c", `cat ${file} 2>/dev/null | wc -l`]);
  return Number(stdout);
}
