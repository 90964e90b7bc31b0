import type { Host } from "../lab/index.ts";
import { SLEEPER } from "./sleeper.ts";

/** Writes plain unit files to a host, without Flotilla. Names are `PREFIX1.service` and so on. */
async function install(host: Host, prefix: string, count: number): Promise<string[]> {
  const names = Array.from({ length: count }, (_, index) => `${prefix}${index + 1}.service`);
  const script = 'text=$(cat); for name in "$@"; do printf "%s\\n" "$text" > "/run/systemd/system/$name"; done';
  await host.run(["sh", "-c", script, "sh", ...names], { input: SLEEPER });
  return names;
}

async function uninstall(host: Host, names: readonly string[]): Promise<void> {
  await host.run(["systemctl", "stop", ...names]);
  await host.run(["sh", "-c", 'cd /run/systemd/system && rm -f "$@" && systemctl daemon-reload', "sh", ...names]);
}

/** Runs `systemctl start` for each unit in turn on one host; returns the milliseconds of each, measured on the host. */
export async function bareStarts(host: Host, count: number): Promise<number[]> {
  const names = await install(host, "bare", count);
  const script =
    'for name in "$@"; do a=$(date +%s%N); systemctl start "$name"; b=$(date +%s%N); echo $((b - a)); done';
  const { stdout } = await host.run(["sh", "-c", script, "sh", ...names]);
  await uninstall(host, names);
  return stdout
    .trim()
    .split("\n")
    .map((nanoseconds) => Number(nanoseconds) / 1e6);
}

/**
 * Runs `systemctl start` once on each host with its share of `count` units; returns milliseconds until the last one
 * ends.
 */
export async function bareStartAtOnce(hosts: readonly Host[], count: number): Promise<number> {
  const share = Math.ceil(count / hosts.length);
  const installed = await Promise.all(hosts.map(async (host) => ({ host, names: await install(host, "bulk", share) })));
  const begun = performance.now();
  await Promise.all(installed.map(({ host, names }) => host.run(["systemctl", "start", ...names])));
  const took = performance.now() - begun;
  await Promise.all(installed.map(({ host, names }) => uninstall(host, names)));
  return took;
}
