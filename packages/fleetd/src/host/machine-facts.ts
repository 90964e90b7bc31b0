import { readFile, statfs } from "node:fs/promises";
import { cpus, hostname, networkInterfaces, totalmem } from "node:os";
import type { MachineRecord } from "@flotilla/model";
import { ConfigError } from "../config/config-error.ts";

/** Properties of the host that the configuration does not set. */
export type MachineFacts = Pick<MachineRecord, "id" | "bootID" | "capacity" | "hostname"> & {
  /** The address to publish without a configured `public_ip`; empty if the host has no address. */
  readonly address: string;
};

/** @throws ConfigError if /etc/machine-id contains no machine ID (machine-id(5)). */
export async function readMachineFacts(): Promise<MachineFacts> {
  return {
    id: await readMachineID("/etc/machine-id"),
    bootID: (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim().replaceAll("-", ""),
    hostname: hostname(),
    capacity: { cpus: cpus().length, memoryBytes: totalmem(), diskBytes: await sizeOfDisk("/var/lib") },
    address: await primaryAddress(),
  };
}

async function readMachineID(path: string): Promise<string> {
  const text = await readFile(path, "utf8").catch(() => "");
  const id = text.trim().toLowerCase();
  if (/^[0-9a-f]{32}$/.test(id)) return id;
  throw new ConfigError(`cannot find a machine ID (32 hexadecimal digits) in ${path}; run systemd-machine-id-setup`);
}

/** Returns the size of the file system with the directory, in bytes; undefined if it cannot be read. */
async function sizeOfDisk(directory: string): Promise<number | undefined> {
  const found = await statfs(directory).catch(() => undefined);
  return found && found.blocks * found.bsize;
}

/** Returns an address of the interface with the default route, else of another interface; IPv4 before IPv6. */
async function primaryAddress(): Promise<string> {
  const device = await defaultRouteDevice();
  const all = Object.entries(networkInterfaces()).flatMap(([name, list]) =>
    (list ?? []).map((entry) => ({ name, ...entry })),
  );
  const usable = all.filter(({ internal, address }) => !internal && !address.startsWith("fe80:"));
  const ranked = usable.toSorted((a, b) => rank(a) - rank(b));
  return ranked[0]?.address ?? "";

  function rank({ name, family }: (typeof usable)[number]): number {
    return (name === device ? 0 : 2) + (family === "IPv4" ? 0 : 1);
  }
}

async function defaultRouteDevice(): Promise<string | undefined> {
  const table = await readFile("/proc/net/route", "utf8").catch(() => "");
  const rows = table
    .split("\n")
    .slice(1)
    .map((line) => line.split("\t"));
  return rows.find(([, destination, , , , , , mask]) => destination === "00000000" && mask === "00000000")?.[0];
}
