/**
 * What the agent has done for a unit, so that "launched" means started once for each assignment: after
 * a restart of the daemon nothing that has finished or was stopped by hand is started again, and
 * after a reboot, which empties the runtime directory, everything is.
 *
 * Phases, and what a daemon that finds one after a crash knows:
 * - `loaded`: the file is in place, and no start was asked of systemd.
 * - `starting`, `restarting`: written right before systemd is asked. Whether it was asked is unknown,
 *   unless systemd shows a unit that is up or on its way; if it does not, it is asked (again).
 * - `stopping`: likewise; a unit that is to be launched again after that has to be started again.
 * - `replacing`: systemd has taken the restart up, and it is never repeated. How it ends is not known yet: until
 *   then the process of the file before may be the one that runs.
 * - `launched`: systemd has taken the start up, or has ended it in whatever way. It is never repeated.
 */
export interface LaunchRecord {
  /** The assignment that this was done for: its `since`. */
  readonly since: number;
  /** Digest of the file that systemd was last told of (reload, enable). */
  readonly digest: string;
  /** Hash of the options that the unit was last started with; empty while it never was. */
  readonly hash: string;
  readonly phase: "loaded" | "starting" | "restarting" | "replacing" | "launched" | "stopping";
  /** The latest request to restart the unit that this start took in: see `Unit` in the model. */
  readonly restart: number;
  /** Why the last start failed, in systemd's words; empty when it did not. */
  readonly problem: string;
  /**
   * The result with which the unit failed, until it runs again: `systemctl reset-failed` makes systemd forget that,
   * and the unit is no better for it. Missing when it has not failed.
   */
  readonly failed?: string;
  /** The unit has ended by itself or was stopped by hand, and has not run since. Missing where it runs or has failed. */
  readonly ended?: true;
  /** Which store wanted it; see Provenance, which alone writes it. Missing where the store has no identity. */
  readonly origin?: string;
}

/**
 * Where launch records are kept: one a unit, gone after a reboot.
 *
 * The calls are synchronous so that a record and the call to systemd that it announces cannot be told
 * apart by anything else in this process; the runtime directory is a tmpfs, where a write is a copy in memory.
 */
export interface LaunchRecords {
  readonly all: ReadonlyMap<string, LaunchRecord>;
  put(unit: string, record: LaunchRecord): void;
  delete(unit: string): void;
}
