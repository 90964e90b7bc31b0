/** A machine matches if its metadata value for the key is one of the values. */
export interface MetadataRequirement {
  readonly key: string;
  readonly values: readonly string[];
}

/** The requirements of a unit on its machine: the [X-Fleet] section, with specifiers expanded. */
export interface Requirements {
  /** The only machine that may run the unit. */
  readonly machineID?: string;
  /** Units that the unit follows: all of them must be assigned to its machine. */
  readonly machineOf: readonly string[];
  /** One entry per key. A machine must match every entry. */
  readonly metadata: readonly MetadataRequirement[];
  /** Globs of units that must not share the machine. */
  readonly conflicts: readonly string[];
  /** Globs of units whose place the unit takes. */
  readonly replaces: readonly string[];
  /** True to run on every machine that `metadata` and `conflicts` allow. */
  readonly global: boolean;
  /** True to move to another machine when systemd has given the unit up. */
  readonly moveOnFailure: boolean;
  /** The secrets of the cluster that the unit names, each once. */
  readonly secrets: readonly string[];
  /** True to never be active on two machines at one time. */
  readonly exclusive: boolean;
}
