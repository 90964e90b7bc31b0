import type { Upkeep } from "./upkeep.ts";

/** A machine's identity: the 32 hex digits of its /etc/machine-id (machine-id(5)). */
export type MachineID = string;

/** The length limit of a machine ID. */
export const MOST_MACHINE_ID_CHARACTERS = 64;

/**
 * The form of a machine ID. The ID of a daemon is always systemd's; requests may also name machines by IDs of other tools.
 * An ID is part of store keys and URLs, which restricts its characters.
 */
export const MACHINE_ID = /^(?!\.{1,2}$)[A-Za-z0-9_.-]{1,64}$/;

/** A machine ID as people see it: its first eight characters, as in fleet. */
export function shortMachineID(id: MachineID): string {
  return id.length > 8 ? `${id.slice(0, 8)}...` : id;
}

export function isMachineID(text: string): boolean {
  return MACHINE_ID.test(text);
}

/** A machine's record of itself. It is in the store for as long as the machine renews its lease. */
export interface MachineRecord {
  readonly id: MachineID;
  readonly primaryIP: string;
  /** The host's name (hostname(7)); absent in a record of an earlier version. */
  readonly hostname?: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  readonly version: string;
  /** TCP port on `primaryIP` where its daemon answers the cluster's other daemons. */
  readonly peerPort: number;
  /** Whether the daemon has a TCP listener of the API without authentication. */
  readonly insecureApi?: boolean | undefined;
  /** The kernel's boot ID. A different boot ID means that nothing from before still runs. */
  readonly bootID: string;
  readonly capacity: Capacity;
  /** When the daemon started, milliseconds since the epoch by its clock; undefined in the record of an earlier version. */
  readonly startedAt?: number | undefined;
  /** What the machine keeps for the system: units cannot reserve it. */
  readonly reserve?: Resources | undefined;
  /** By how much reservations may exceed what the machine has, as factors; 1 by default. */
  readonly overcommit?: Resources | undefined;
  /** The most units that the machine takes; without it, any number. */
  readonly maxUnits?: number | undefined;
  /** What the daemon has found on the host; undefined in the record of an earlier version. */
  readonly capabilities?: Capabilities | undefined;
}

export interface Capacity {
  readonly cpus: number;
  readonly memoryBytes: number;
  /** The size of the file system that units store their data on; undefined if unknown, which limits nothing. */
  readonly diskBytes?: number | undefined;
}

/** Metadata that a machine has of itself. A key may have several values, as in `has=docker` and `has=podman`. */
export type Capabilities = Readonly<Record<string, readonly string[]>>;

/** One number for each resource of a machine. */
export interface Resources {
  /** Of cores; an amount is in thousandths of a core. */
  readonly cpu?: number | undefined;
  /** An amount is in bytes. */
  readonly memory?: number | undefined;
  /** An amount is in bytes. */
  readonly disk?: number | undefined;
}

/**
 * Returns how much of a resource units may reserve on a machine together: what the machine has without what
 * it keeps for the system, times the overcommit factor. Thousandths of a core, or bytes; infinite if the size is unknown,
 * as in the record of an earlier version.
 */
export function reservable({ capacity, reserve, overcommit }: MachineRecord, resource: keyof Resources): number {
  const has = sizeOf(capacity, resource);
  if (has === 0) return Number.POSITIVE_INFINITY;
  return Math.max(0, Math.floor((has - (reserve?.[resource] ?? 0)) * (overcommit?.[resource] ?? 1)));
}

function sizeOf({ cpus, memoryBytes, diskBytes = 0 }: Capacity, resource: keyof Resources): number {
  if (resource === "cpu") return cpus * 1000;
  return resource === "memory" ? memoryBytes : diskBytes;
}

/** An operator's settings for a machine. They persist while the machine is away. */
export interface MachineSettings extends Upkeep {
  /** Overrides the machine's own values; null removes a key. */
  readonly metadata: Readonly<Record<string, string | null>>;
}

/** A machine that is present, with its settings applied to its record. */
export interface Machine extends MachineRecord, Upkeep {
  /** Revision at which the machine joined. A different one means that it has been away. */
  readonly joined: number;
  /** The metadata that the machine's join token vouched for; a part of `metadata`. */
  readonly vouched?: Readonly<Record<string, string>>;
}

/** Returns the machine's value of a metadata key, if it has one. Safe for keys such as `constructor`. */
export function metadataOf({ metadata }: Pick<MachineRecord, "metadata">, key: string): string | undefined {
  return Object.hasOwn(metadata, key) ? metadata[key] : undefined;
}

/**
 * Returns the machine's values of a metadata key: none if it does not have the key. A value that people gave takes the
 * place of all capabilities with that key.
 */
export function metadataValuesOf(
  machine: Pick<MachineRecord, "metadata" | "capabilities">,
  key: string,
): readonly string[] {
  const own = metadataOf(machine, key);
  if (own !== undefined) return [own];
  const { capabilities } = machine;
  return capabilities !== undefined && Object.hasOwn(capabilities, key) ? (capabilities[key] ?? []) : [];
}

/**
 * Returns a machine's metadata as the scheduler sees it: its own, overridden by the settings, overridden by the metadata
 * that its join token vouched for.
 */
export function effectiveMetadata(
  own: MachineRecord["metadata"],
  settings: MachineSettings | undefined,
  vouched: MachineRecord["metadata"] = {},
): Record<string, string> {
  // A map, because a key may be __proto__.
  const result = new Map(Object.entries(own));
  for (const [key, value] of Object.entries(settings?.metadata ?? {})) {
    if (value === null) result.delete(key);
    else result.set(key, value);
  }
  for (const [key, value] of Object.entries(vouched)) result.set(key, value);
  return Object.fromEntries(result);
}
