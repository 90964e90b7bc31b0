/** A machine's identity: the 32 hex digits of its /etc/machine-id (machine-id(5)). */
export type MachineID = string;

/** A machine ID has at most so many characters. */
export const MOST_MACHINE_ID_CHARACTERS = 64;

/**
 * What the cluster takes for a machine ID. A daemon's own is always systemd's; people may name what other tools call
 * machines. Such an ID is a part of keys in the store and of URLs, so it is of few kinds of characters.
 */
export const MACHINE_ID = /^(?!\.{1,2}$)[A-Za-z0-9_.-]{1,64}$/;

/** A machine ID as people see it: its first eight characters, as in fleet. */
export function shortMachineID(id: MachineID): string {
  return id.length > 8 ? `${id.slice(0, 8)}...` : id;
}

export function isMachineID(text: string): boolean {
  return MACHINE_ID.test(text);
}

/** What a machine says of itself; it stands in the store as long as the machine's lease is renewed. */
export interface MachineRecord {
  readonly id: MachineID;
  readonly primaryIP: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly version: string;
  /** TCP port on `primaryIP` where its daemon answers the cluster's other daemons. */
  readonly peerPort: number;
  /** Kernel's boot ID: another one means that nothing that ran before runs now. */
  readonly bootID: string;
  readonly capacity: Capacity;
}

export interface Capacity {
  readonly cpus: number;
  readonly memoryBytes: number;
}

/** What people set for a machine at run time; outlives the machine's comings and goings. */
export interface MachineSettings {
  /** Replaces the machine's own value of a key; null takes the key away. */
  readonly metadata: Readonly<Record<string, string | null>>;
}

/** A machine that is in the cluster now, with the settings applied to what it says of itself. */
export interface Machine extends MachineRecord {
  /** Revision at which it joined: another one means that it has been away. */
  readonly joined: number;
}

/** The machine's value of a metadata key; undefined when it has none, also of a key such as `constructor`. */
export function metadataOf({ metadata }: Pick<MachineRecord, "metadata">, key: string): string | undefined {
  return Object.hasOwn(metadata, key) ? metadata[key] : undefined;
}

/** A machine's metadata as the scheduler sees it: its own, with the settings laid over it. */
export function effectiveMetadata(
  own: MachineRecord["metadata"],
  settings: MachineSettings | undefined,
): Record<string, string> {
  // A map, for a key may be __proto__.
  const result = new Map(Object.entries(own));
  for (const [key, value] of Object.entries(settings?.metadata ?? {})) {
    if (value === null) result.delete(key);
    else result.set(key, value);
  }
  return Object.fromEntries(result);
}
