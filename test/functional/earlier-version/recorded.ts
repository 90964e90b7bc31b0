/** One key of the store, with the revisions that launch records and decisions refer to. */
export interface RecordedKey {
  /** The whole key, as in etcd. */
  readonly key: string;
  readonly value: string;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly lease?: string;
}

/** What the daemon of the earlier version has left on a host. */
export interface RecordedHost {
  /** The text of each file, by path. */
  readonly files: Readonly<Record<string, string>>;
  /** The target of each symbolic link, by path. */
  readonly links: Readonly<Record<string, string>>;
  /** The units of the cluster that were active. */
  readonly active: readonly string[];
}

/** A cluster of the earlier version, as record.ts has found it. */
export interface RecordedCluster {
  /** The commit of this repository that ran. */
  readonly commit: string;
  /** By ID, in seconds. */
  readonly leases: Readonly<Record<string, number>>;
  readonly keys: readonly RecordedKey[];
  /** By name in the lab. */
  readonly hosts: Readonly<Record<string, RecordedHost>>;
}
