/** A machine meets it if its metadata of this key is one of the values. */
export interface MetadataRequirement {
  readonly key: string;
  readonly values: readonly string[];
}

/** What a unit asks of the machine that it runs on: its [X-Fleet] section, with specifiers expanded. */
export interface Requirements {
  /** Only this machine. */
  readonly machineID?: string;
  /** Only the machine that all these units are assigned to. */
  readonly machineOf: readonly string[];
  /** One entry a key; a machine has to meet all. */
  readonly metadata: readonly MetadataRequirement[];
  /** Globs of the units not to be with. */
  readonly conflicts: readonly string[];
  /** Globs of the units whose place to take. */
  readonly replaces: readonly string[];
  /** On every machine that metadata and conflicts allow. */
  readonly global: boolean;
  /** To another machine when systemd has started it in vain as often as it may. */
  readonly moveOnFailure: boolean;
  /** Never active on two machines at one time. */
  readonly exclusive: boolean;
}
