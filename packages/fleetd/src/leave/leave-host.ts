import { execFile } from "node:child_process";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { FileSavedLease } from "@flotilla/agent";
import { messageOf } from "@flotilla/runtime";
import type { Store } from "@flotilla/store";
import { clusterUnits } from "@flotilla/systemd";
import type { DaemonPaths } from "../host/paths.ts";

/** How long systemd may take to stop all units; its own limit for one is 90 s by default. */
const STOP_LIMIT_MS = 100_000;

/** How long the store may take to be told; the lease runs out by itself otherwise. */
const STORE_LIMIT_MS = 3_000;

export interface LeaveDeps {
  readonly paths: DaemonPaths;
  readonly user: boolean;
  /** The machine's store, if the configuration lets it be opened. */
  readonly openStore: () => Promise<Store>;
  readonly say: (line: string) => void;
}

/**
 * Takes this host out of the cluster when its daemon could not: it had crashed, hung, or never got as
 * far as the store when it was told to stop. What would run on here would be started elsewhere too.
 *
 * Uses systemctl and not D-Bus: as root it talks to systemd itself, also when the bus is down.
 */
export async function leaveHost(deps: LeaveDeps): Promise<void> {
  const { paths, say } = deps;
  const saved = new FileSavedLease(join(paths.stateDirectory, "lease"));
  const units = await readdir(join(paths.runtimeDirectory, "units")).catch(() => []);
  // A daemon that left in order has left nothing here, and has closed its sockets itself: by now they may be open again.
  if (units.length > 0 || saved.load() !== undefined) await closeSocket(deps);
  // What systemd cannot stop below must not outlive the lease: without a deadline the guard stops it.
  await rm(join(paths.runtimeDirectory, "exclusive", "deadline"), { force: true });
  if (units.length > 0) {
    const own = await notTheHosts(units, deps);
    say(`stopping ${own.length} units that the daemon left running`);
    await stopUnits(own, deps);
    await killExclusive(deps);
  }
  // Without its launch record a unit that is still assigned here is started again when the machine comes back.
  await rm(join(paths.runtimeDirectory, "launched"), { recursive: true, force: true });
  await endLease(saved, deps).catch((error: unknown) =>
    say(`the machine's lease runs out by itself: ${messageOf(error)}`),
  );
}

/** The next request would start the daemon again. Not waited for: the job may wait for the one that runs this. */
async function closeSocket(deps: LeaveDeps): Promise<void> {
  if (!deps.user) await systemctl(["stop", "--no-block", "--", "fleet.socket"], deps.say);
}

/** The host may have got units of its own by these names while no daemon ran. */
async function notTheHosts(units: readonly string[], { user, say }: LeaveDeps): Promise<readonly string[]> {
  try {
    return await clusterUnits(units, { user }, new AbortController().signal);
  } catch (error) {
    say(`all of them are taken for the cluster's: ${messageOf(error)}`);
    return units;
  }
}

async function stopUnits(units: readonly string[], deps: LeaveDeps): Promise<void> {
  if (units.length > 0) await systemctl([...(deps.user ? ["--user"] : []), "stop", "--", ...units], deps.say);
}

/** What KillMode= lets an exclusive unit leave behind would run beside the one elsewhere (systemd.kill(5)). */
async function killExclusive(deps: LeaveDeps): Promise<void> {
  const listed = await readdir(join(deps.paths.runtimeDirectory, "exclusive", "units")).catch(() => []);
  const units = await notTheHosts(listed, deps);
  // systemd refuses this for a unit of which nothing is left.
  if (units.length > 0) await systemctl(["kill", "--signal=KILL", "--", ...units], () => {});
}

function systemctl(args: readonly string[], say: LeaveDeps["say"]): Promise<void> {
  return new Promise((resolve) => {
    execFile("systemctl", args, { timeout: STOP_LIMIT_MS }, (error, _stdout, stderr) => {
      // A unit that systemd no longer knows is as good as stopped.
      if (error) say(`systemctl stop: ${stderr.trim() || error.message}`);
      resolve();
    });
  });
}

async function endLease(saved: FileSavedLease, { openStore }: LeaveDeps): Promise<void> {
  const id = saved.load();
  if (id === undefined) return;
  const limit = AbortSignal.timeout(STORE_LIMIT_MS);
  const store = await openStore();
  try {
    await (await store.resume(id, STORE_LIMIT_MS, limit))?.revoke(limit);
    saved.clear();
  } finally {
    await store.close();
  }
}
