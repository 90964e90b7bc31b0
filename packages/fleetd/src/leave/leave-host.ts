import { execFile } from "node:child_process";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { FileSavedLease } from "@flotilla/agent";
import { messageOf } from "@flotilla/runtime";
import { clusterUnits } from "@flotilla/systemd";
import type { DaemonPaths } from "../host/paths.ts";
import { type Access, closeAccess } from "../member/open-access.ts";

/** How long systemd may take to stop all units. DefaultTimeoutStopSec= is 90 s for one unit. */
const STOP_LIMIT_MS = 100_000;

/** How long ending the lease in the store may take. Otherwise the lease expires. */
const STORE_LIMIT_MS = 3_000;

export interface LeaveDeps {
  readonly paths: DaemonPaths;
  readonly user: boolean;
  /** Opens the machine's way to the store. @throws ConfigError if the configuration is unusable. */
  readonly openAccess: () => Promise<Access>;
  readonly say: (line: string) => void;
}

/**
 * Removes this host from the cluster after a stop of a daemon that had crashed, hung, or never reached the store.
 * Otherwise the units would run here and on another machine.
 *
 * Uses systemctl rather than D-Bus, because root's systemctl reaches systemd even without a bus.
 */
export async function leaveHost(deps: LeaveDeps): Promise<void> {
  const { paths, say } = deps;
  const saved = new FileSavedLease(join(paths.stateDirectory, "lease"));
  const units = await readdir(join(paths.runtimeDirectory, "units")).catch(() => []);
  // A daemon that left in order leaves no files. It has closed its sockets, which may be open again by now.
  if (units.length > 0 || saved.load() !== undefined) await closeSocket(deps);
  // Units that systemd cannot stop below must not outlive the lease. Without a deadline, the guard stops them.
  await rm(join(paths.runtimeDirectory, "exclusive", "deadline"), { force: true });
  if (units.length > 0) {
    const own = await withoutHostUnits(units, deps);
    say(`stopping ${own.length} units of the cluster`);
    await stopUnits(own, deps);
    await killExclusive(deps);
  }
  // Without a launch record, a unit that is still assigned to this machine starts when the machine returns.
  await rm(join(paths.runtimeDirectory, "launched"), { recursive: true, force: true });
  await endLease(saved, deps).catch((error: unknown) =>
    say(`cannot end the machine's lease: ${messageOf(error)}; the lease expires by itself`),
  );
}

/** Stops the socket, whose next request would start the daemon. Does not wait: the job may wait for this process. */
async function closeSocket(deps: LeaveDeps): Promise<void> {
  if (!deps.user) await systemctl(["stop", "--no-block", "--", "fleet.socket"], deps.say);
}

/** Removes the host's own units, which may have been added under these names while no daemon ran. */
async function withoutHostUnits(units: readonly string[], { user, say }: LeaveDeps): Promise<readonly string[]> {
  try {
    return await clusterUnits(units, { user }, new AbortController().signal);
  } catch (error) {
    say(`cannot tell the cluster's units from the host's: ${messageOf(error)}; stopping all of them`);
    return units;
  }
}

async function stopUnits(units: readonly string[], deps: LeaveDeps): Promise<void> {
  if (units.length > 0) await systemctl([...(deps.user ? ["--user"] : []), "stop", "--", ...units], deps.say);
}

/** Kills processes that KillMode= lets exclusive units leave behind (systemd.kill(5)): the units start elsewhere. */
async function killExclusive(deps: LeaveDeps): Promise<void> {
  const listed = await readdir(join(deps.paths.runtimeDirectory, "exclusive", "units")).catch(() => []);
  const units = await withoutHostUnits(listed, deps);
  // systemd refuses to kill a unit without processes, which is the goal.
  if (units.length > 0) await systemctl(["kill", "--signal=KILL", "--", ...units], () => {});
}

function systemctl(args: readonly string[], say: LeaveDeps["say"]): Promise<void> {
  return new Promise((resolve) => {
    execFile("systemctl", args, { timeout: STOP_LIMIT_MS }, (error, _stdout, stderr) => {
      // A failure is not fatal: a unit that systemd does not know is stopped, too.
      if (error) say(`systemctl stop: ${stderr.trim() || error.message}`);
      resolve();
    });
  });
}

async function endLease(saved: FileSavedLease, { openAccess }: LeaveDeps): Promise<void> {
  const id = saved.load();
  if (id === undefined) return;
  const limit = AbortSignal.timeout(STORE_LIMIT_MS);
  const access = await openAccess();
  try {
    await (await access.store.resume(id, STORE_LIMIT_MS, limit))?.revoke(limit);
    saved.clear();
  } finally {
    await closeAccess(access);
  }
}
