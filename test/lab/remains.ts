import { existsSync } from "node:fs";
import { readdir, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { Cgroup } from "./cgroup.ts";
import { run } from "./command.ts";
import { LABS, type Slot } from "./slot.ts";
import { waitFor } from "./wait-for.ts";

/** How long systemd-nspawn may take to end after its host, before it is killed as well; in milliseconds. */
const GRACE = 2000;

/**
 * Removes everything that a lab has left on the machine: processes, mounts, files, network interfaces, control groups.
 * It needs only the slot's number, because the lab's process may be dead.
 */
export async function removeRemains(slot: Slot): Promise<void> {
  await endProcesses((await Cgroup.root()).child(slot.cgroup));
  await (await Cgroup.legacyRoot())?.child(slot.cgroup).remove();
  // Retry: if the parent died during a mount, that mount may appear after the unmounting.
  await waitFor("the lab's disks to go", async () => {
    await unmountDisks(slot);
    await rm(slot.directory, { recursive: true, force: true });
    return true;
  });
  // The last lab also removes the common directory.
  await rmdir(LABS).catch(() => {});
  await removeInterfaces(slot);
}

/** Kills the hosts before their systemd-nspawn, which cleans up after its host if it has time. */
async function endProcesses(cgroup: Cgroup): Promise<void> {
  if (!cgroup.exists) return;
  const hosts = await cgroup.children();
  const payloads = hosts.map((host) => host.child("payload")).filter((payload) => payload.exists);
  await Promise.all(payloads.map((payload) => payload.kill()));
  const supervisors = hosts.filter((host) => host.child("payload").exists);
  const gone = async (): Promise<boolean> =>
    (await Promise.all(supervisors.map((host) => host.isEmpty()))).every(Boolean);
  await waitFor("systemd-nspawn to end", gone, { timeoutMs: GRACE }).catch(() => {});
  // Retry: a process may join the group after the others have been killed.
  await waitFor("the lab's processes to end", async () => {
    await cgroup.kill();
    await cgroup.remove();
    return true;
  });
}

async function unmountDisks(slot: Slot): Promise<void> {
  const hosts = existsSync(slot.directory) ? await readdir(slot.directory) : [];
  const mountPoints = hosts.map((host) => join(slot.directory, host, "root")).filter((path) => existsSync(path));
  for (const path of mountPoints) await run(["umount", "--recursive", "--lazy", path], { check: false });
}

async function removeInterfaces(slot: Slot): Promise<void> {
  const listed = await run(["ip", "-o", "link", "show"]);
  const names = listed.stdout.split("\n").flatMap((line) => /^\d+: ([^:@]+)/.exec(line)?.[1] ?? []);
  const ours = names.filter((name) => name === slot.bridge || name.startsWith(`vb-${slot.machine("")}`));
  // Ignore errors: the kernel also removes a dead host's interfaces, at any time.
  for (const name of ours) await run(["ip", "link", "del", name], { check: false });
}
