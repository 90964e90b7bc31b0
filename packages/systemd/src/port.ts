/**
 * The unit-manager port: what the agent asks of the systemd on its machine.
 *
 * Unit files of the cluster live in a directory of Flotilla's own (`/run/fleet/units`) and are linked
 * into systemd's runtime directory (`/run/systemd/system`), so that what is ours can be told from
 * what is the host's, and both are gone after a reboot. Every call is bounded in time and ends with
 * a UnitManagerError rather than pend.
 */
export interface UnitManager {
  /**
   * Every unit file of the cluster that is on this machine, and every unit that systemd has loaded
   * from one. Read from the disk and by one listing at connect; kept by signals after that.
   */
  list(): ReadonlyMap<string, ManagedUnit>;

  /**
   * Puts a unit file in place, all of it or none. Does not reload by itself: `reload` says when one is due.
   * @throws HostUnitError when the host has a unit of this name that is not the cluster's.
   */
  write(name: string, text: string, signal?: AbortSignal): Promise<void>;

  /** True when systemd has loaded an older form of one of these units than what is on the disk. */
  needsReload(names: readonly string[], signal?: AbortSignal): Promise<boolean>;

  /** daemon-reload. Calls that come in while one runs share the next one. */
  reload(signal?: AbortSignal): Promise<void>;

  /**
   * Makes the links that the [Install] section of the file in place asks for, until the next boot, and removes links
   * that an earlier file asked for. `needsReload` says when systemd must read them anew. A link that would take a
   * name from the host, or have a unit of the host's own depend on one of the cluster's, is not made.
   * @returns what was left out and why, each in a sentence.
   */
  enable(name: string, signal?: AbortSignal): Promise<readonly string[]>;

  /** Makes systemd load the unit and follow it, without starting it. */
  load(name: string, signal?: AbortSignal): Promise<void>;

  /** Starts, stops or restarts, and resolves with how systemd's job ended. */
  start(name: string, signal?: AbortSignal): Promise<JobResult>;
  stop(name: string, signal?: AbortSignal): Promise<JobResult>;
  restart(name: string, signal?: AbortSignal): Promise<JobResult>;

  /**
   * Removes the unit: its links, its file, and every way in which systemd could start it. systemd keeps a unit loaded
   * while another one refers to it (systemd.unit(5), CollectMode=), and would start it without its file. The caller
   * stops the unit before.
   *
   * @returns true when nothing of the unit is left: it does not run, nobody can start it, and `list` shows it no more.
   *   False when it runs, because it was not stopped or because a start came in between: `list` shows it without a
   *   text, and it must be stopped and removed again.
   *   A name that is not the cluster's is left alone, which is true.
   */
  remove(name: string, signal?: AbortSignal): Promise<boolean>;

  /**
   * Kills (SIGKILL) what a unit that has stopped has left in its control group, as KillMode=none and KillMode=process
   * have it (systemd.kill(5)), and resolves when that is empty. A name that is not the cluster's is left alone.
   * @returns how many processes there were.
   * @throws ProcessesLeftError when some are still there after some seconds.
   */
  killLeftovers(name: string, signal?: AbortSignal): Promise<number>;

  /**
   * Looks for what others have done to the cluster's units on the disk, as the unit manager does by itself after each
   * daemon-reload; `onChange` tells. A unit whose file, link or [Install] links somebody has deleted shows without a
   * text. A unit for whose name systemd has loaded a file of the host's own is the host's: it is not listed any more,
   * and runs on.
   * @param mustEnd units that are stopped before that, if what runs was started from the cluster's file; remembered.
   */
  inspect(mustEnd?: (name: string) => boolean): Promise<void>;

  /**
   * An administrator has masked the unit (systemctl(1), mask), as the disk has it now: systemd reads that only at the
   * next daemon-reload, and shows `masked` as the load state from then on.
   */
  isMasked(name: string): boolean;

  /** Calls back with the names of units whose ManagedUnit has changed (all of them after a resync). */
  onChange(listener: (names: readonly string[]) => void): () => void;

  /** Aborts never; false while the bus is away. Calls then fail with UnitManagerUnavailableError. */
  readonly connected: boolean;

  close(): Promise<void>;
}

/**
 * What people ask of a unit where it runs, by way of the API. Bounded as the unit manager's calls are, and refused for
 * a unit that is not the cluster's.
 */
export interface UnitControl extends Pick<UnitManager, "restart"> {
  /** Makes a running unit read its configuration again, by its ExecReload=; systemd refuses one that has none. */
  reloadUnit(name: string, signal?: AbortSignal): Promise<JobResult>;

  /**
   * Sends a signal to processes of the unit, as `systemctl kill` does; what comes of it, `list` shows.
   * @throws UnitManagerRefusedError when systemd has not loaded the unit, or it has no such process.
   */
  kill(name: string, request: KillRequest, signal?: AbortSignal): Promise<void>;

  /**
   * Clears a failed state, and the count of starts that StartLimitBurst= looks at.
   * @throws UnitManagerRefusedError when systemd has not loaded the unit.
   */
  resetFailed(name: string, signal?: AbortSignal): Promise<void>;
}

export interface KillRequest {
  /** The signal's number. */
  readonly signal: number;
  /** The unit's main process, the one that ExecStop= and the like run, or every process that it has (systemd.kill(5)). */
  readonly whom: "main" | "control" | "all";
}

/**
 * How systemd says a job ended (org.freedesktop.systemd1, JobRemoved): done, canceled, timeout,
 * failed, dependency, skipped, and what later versions add; with a sentence when it was not `done`.
 */
export interface JobResult {
  readonly result: string;
  /** For people: systemd's own words. Empty when done. */
  readonly message: string;
}

export interface ManagedUnit {
  readonly name: string;
  /** The text of the cluster's file on this machine; empty when the file is not in place, or is being removed. */
  readonly text: string;
  readonly loadState: string;
  readonly activeState: string;
  readonly subState: string;
  /** systemd's job on this unit at present, as "start", "stop", ...; empty when there is none. */
  readonly job: string;
  /** Result of the unit's last run as systemd names it ("success", "exit-code", "timeout", ...), where its type has one. */
  readonly result: string;
}
