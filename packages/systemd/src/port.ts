import type { RunFacts } from "./run.ts";

/**
 * The unit-manager port: the agent's interface to systemd on its machine.
 *
 * The cluster's unit files are in Flotilla's own directory (`/run/fleet/units`) and are linked into systemd's runtime
 * directory (`/run/systemd/system`). The links distinguish the cluster's units from the host's, and a reboot removes
 * both directories. Every call ends within a time limit, if necessary with an error of unit-manager-error.ts.
 */
export interface UnitManager {
  /**
   * Every unit file of the cluster on this machine, and every unit that systemd has loaded from such a file. Read from
   * the disk and by one listing after each connect, and kept up to date by systemd's signals.
   */
  list(): ReadonlyMap<string, ManagedUnit>;

  /**
   * Puts a unit file in place, completely or not at all. Does not reload; `needsReload` says whether that is due.
   * @throws HostUnitError when the host has a unit of this name.
   */
  write(name: string, text: string, signal?: AbortSignal): Promise<void>;

  /** Whether systemd has loaded an older file of one of these units than the file on the disk. */
  needsReload(names: readonly string[], signal?: AbortSignal): Promise<boolean>;

  /** Runs daemon-reload. Calls during a run share the next run. */
  reload(signal?: AbortSignal): Promise<void>;

  /**
   * Makes the links that the [Install] section of the file in place asks for, until the next boot, and removes links
   * that an earlier file asked for. `needsReload` says whether systemd must read the links again. A link is left out
   * when it would take a name from the host or make a unit of the host depend on a unit of the cluster.
   * @returns what was left out and why, one sentence each.
   */
  enable(name: string, signal?: AbortSignal): Promise<readonly string[]>;

  /** Makes systemd load the unit without starting it, and lists its state. */
  load(name: string, signal?: AbortSignal): Promise<void>;

  /** Starts, stops or restarts the unit; resolves with the result of systemd's job. */
  start(name: string, signal?: AbortSignal): Promise<JobResult>;
  stop(name: string, signal?: AbortSignal, reach?: JobReach): Promise<JobResult>;
  restart(name: string, signal?: AbortSignal, reach?: JobReach): Promise<JobResult>;

  /**
   * Removes the unit: its links, its file, and every way in which systemd could start it. systemd keeps a unit loaded
   * while another unit refers to it (systemd.unit(5), CollectMode=), and could start it without its file. The caller
   * stops the unit first.
   *
   * @returns true when the unit is removed: it does not run, cannot be started, and is no longer in `list`. False when
   *   the unit runs, because it was not stopped or because it was started meanwhile: `list` has it without a text, and
   *   the caller must stop and remove it again. Returns true for a unit of the host, and leaves that alone.
   */
  remove(name: string, signal?: AbortSignal): Promise<boolean>;

  /**
   * Kills (SIGKILL) the processes that a stopped unit has left in its control group, as units with KillMode=none or
   * KillMode=process do (systemd.kill(5)); resolves when the control group is empty. A unit of the host is left alone.
   * @returns how many processes there were.
   * @throws ProcessesLeftError when processes are left after some seconds.
   */
  killLeftovers(name: string, signal?: AbortSignal): Promise<number>;

  /**
   * Finds changes that others have made to the cluster's units on the disk; `onChange` reports them. The unit manager
   * also does this after each daemon-reload. A unit whose file, link or [Install] links are missing is listed without a
   * text. A unit for whose name systemd has loaded a file of the host is the host's: it keeps running and is no longer
   * listed.
   * @param mustEnd selects the units that are stopped before the host gets them, if they were started from the
   *   cluster's file. Kept for later inspections.
   */
  inspect(mustEnd?: (name: string) => boolean): Promise<void>;

  /**
   * Whether the unit is masked on the disk at present (systemctl(1), mask). systemd reads a mask at the next
   * daemon-reload; from then on the unit's load state is `masked`.
   */
  isMasked(name: string): boolean;

  /** Calls back with the names of units whose ManagedUnit has changed; after a reconnect, with all names. */
  onChange(listener: (names: readonly string[]) => void): () => void;

  /** False while systemd cannot be reached. Calls fail with UnitManagerUnavailableError then. */
  readonly connected: boolean;

  close(): Promise<void>;
}

/**
 * What a stop or restart does to other units. `alone`: nothing, not even to units that require the unit or are bound to
 * it, unless the unit is down afterwards (systemctl(1), --job-mode=ignore-dependencies). By default, what
 * systemd.unit(5) says.
 */
export type JobReach = "alone";

/**
 * The API's actions on a unit, on the machine where the unit runs. Every call ends within a time limit, and is refused
 * for a unit that is not the cluster's.
 */
export interface UnitControl extends Pick<UnitManager, "restart"> {
  /** Makes a running unit reload its configuration by its ExecReload=; systemd refuses a unit without that option. */
  reloadUnit(name: string, signal?: AbortSignal): Promise<JobResult>;

  /**
   * Sends a signal to processes of the unit, as `systemctl kill` does.
   * @throws UnitManagerRefusedError when systemd has not loaded the unit, or the unit has no such process.
   */
  kill(name: string, request: KillRequest, signal?: AbortSignal): Promise<void>;

  /**
   * Clears a failed state and the count of starts for StartLimitBurst=.
   * @throws UnitManagerRefusedError when systemd has not loaded the unit.
   */
  resetFailed(name: string, signal?: AbortSignal): Promise<void>;
}

/** Reads timers and sockets of the cluster from systemd, on the machine where they run. */
export interface TriggerReader {
  /** The cluster's timers that systemd has loaded here. */
  timers(signal?: AbortSignal): Promise<readonly TimerFacts[]>;
  /** The cluster's sockets that systemd has loaded here. */
  sockets(signal?: AbortSignal): Promise<readonly SocketFacts[]>;
}

export interface TimerFacts {
  readonly unit: string;
  /** The unit that the timer starts. */
  readonly activates: string;
  /** When the timer elapses next, milliseconds since the epoch; absent if it does not. */
  readonly next?: number;
  /** When the timer last elapsed, milliseconds since the epoch; absent for never. */
  readonly last?: number;
}

export interface SocketFacts {
  readonly unit: string;
  /** The units that the socket starts. */
  readonly activates: readonly string[];
  /** What the socket listens on, with systemd's word for the kind: Stream, Datagram, FIFO, ... */
  readonly listens: readonly { readonly type: string; readonly address: string }[];
}

export interface KillRequest {
  /** The signal's number. */
  readonly signal: number;
  /** The main process, the control process (of ExecStop= and similar), or every process of the unit (systemd.kill(5)). */
  readonly whom: "main" | "control" | "all";
}

/**
 * The result of a job as systemd names it (org.freedesktop.systemd1(5), JobRemoved): done, canceled, timeout, failed,
 * dependency, skipped, or another word of a later version.
 */
export interface JobResult {
  readonly result: string;
  /** An explanation for people, in systemd's words. Empty when done. */
  readonly message: string;
}

export interface ManagedUnit {
  readonly name: string;
  /** The text of the cluster's file on this machine; empty when the file is not in place or is being removed. */
  readonly text: string;
  readonly loadState: string;
  readonly activeState: string;
  readonly subState: string;
  /** The type of systemd's present job on the unit: "start", "stop", ...; empty when there is none. */
  readonly job: string;
  /** The result of the unit's last run: "success", "exit-code", "timeout", ...; "success" for a type without results. */
  readonly result: string;
  /** The service's present or last run; undefined if this process has seen none. */
  readonly run?: RunFacts | undefined;
}
