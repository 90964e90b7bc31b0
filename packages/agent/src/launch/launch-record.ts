/**
 * The agent's record of a unit's start, so that "launched" means one start for each assignment. After a restart of the
 * daemon, a unit that has finished or was stopped by hand is not started again. A reboot empties the runtime directory,
 * so every launched unit is started again.
 *
 * Phases, and what each tells a daemon that starts after a crash:
 * - `loaded`: the file is installed, and systemd was not asked to start the unit.
 * - `starting`, `restarting`: written right before the request to systemd. Whether systemd got the request is unknown,
 *   unless the unit is up or has a job; otherwise the request is repeated.
 * - `stopping`: likewise for a stop. A unit that must be launched afterwards is started again.
 * - `replacing`: systemd has taken up the restart, which is never repeated. Until it ends, the process of the previous
 *   file may still run.
 * - `mirrored`: a stub stands for the unit, which is elsewhere; `hash` is the mirrored state.
 * - `launched`: systemd has taken up the start, or has ended it in any way. The start is never repeated.
 */
export interface LaunchRecord {
  /** The `since` of the assignment that the start was for. */
  readonly since: number;
  /** Digest of the file that systemd last read (reload, enable). */
  readonly digest: string;
  /** Hash of the options that the unit was last started with; empty if it never was. */
  readonly hash: string;
  readonly phase: "loaded" | "starting" | "restarting" | "replacing" | "launched" | "stopping" | "mirrored";
  /** The latest restart request that this start fulfils: see `Unit` in the model. */
  readonly restart: number;
  /** Why the last start failed, in systemd's words; empty if it did not fail. */
  readonly problem: string;
  /**
   * The result of the last failure, undefined if there was none. It is kept until the unit runs again, even after
   * `systemctl reset-failed`.
   */
  readonly failed?: string;
  /**
   * Whether the unit has ended by itself or was stopped by hand, and has not run since. Undefined if it runs or has
   * failed.
   */
  readonly ended?: true;
  /**
   * The newest version of the secrets that the unit was last started with, or was told of: see `Unit` in the model.
   * Undefined for a unit without secrets.
   */
  readonly secrets?: number;
  /**
   * The identity of the store that assigned the unit, written only by Provenance. Undefined if the store has no
   * identity.
   */
  readonly origin?: string;
}

/**
 * One launch record for each unit, lost at a reboot.
 *
 * Calls are synchronous, so that no other code of this process runs after a record is written and before systemd is
 * called. The runtime directory is a tmpfs, where a write is fast.
 */
export interface LaunchRecords {
  readonly all: ReadonlyMap<string, LaunchRecord>;
  put(unit: string, record: LaunchRecord): void;
  delete(unit: string): void;
}
