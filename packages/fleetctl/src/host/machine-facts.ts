import { CommandError } from "../command-error.ts";
import type { LocalHost } from "./local-host.ts";

/** Reads this host's machine ID (machine-id(5)). @throws CommandError if there is none. */
export async function machineIDOf(host: LocalHost): Promise<string> {
  const id = (await host.read("/etc/machine-id"))?.trim() ?? "";
  if (/^[0-9a-f]{32}$/.test(id)) return id;
  throw new CommandError("this host has no machine ID in /etc/machine-id; create one with systemd-machine-id-setup");
}

/** Reads the kernel's boot ID, in the form of sd_id128_get_boot(3). */
export async function bootIDOf(host: LocalHost): Promise<string> {
  return ((await host.read("/proc/sys/kernel/random/boot_id")) ?? "").trim().replaceAll("-", "");
}
