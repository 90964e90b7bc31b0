import { Backoff, type Clock, rethrowProgrammingError } from "@flotilla/runtime";
import type { JobReach } from "../../port.ts";
import type { ChangeFeed } from "../../change-feed.ts";
import { asString } from "./decode.ts";
import { FailureConfirmation } from "./failure-confirmation.ts";
import { JobTable } from "./job-table.ts";
import { unitObjectPath } from "./object-path.ts";
import { readRuns } from "./read-runs.ts";
import { SharedRun } from "./shared-run.ts";
import type { SessionEvents, SystemdSession } from "./systemd-session.ts";
import { hasResult, isLoadable, typeInterface } from "./unit-kind.ts";
import { type UnitRow, impliesSuccess, readUnitRows } from "./unit-row.ts";
import { STATE_PROPERTIES, type UnitTable } from "./unit-table.ts";
import { unlessRefused } from "./unless-refused.ts";

export interface UnitFollowerParts {
  readonly clock: Clock;
  readonly random: () => number;
  readonly callTimeoutMs: number;
  readonly units: UnitTable;
  readonly feed: ChangeFeed;
  /** Called when systemd has read all files again and its units have been listed after that. */
  readonly onReloaded: () => void;
}

export interface JobRequest {
  readonly unit: string;
  readonly method: "StartUnit" | "StopUnit" | "RestartUnit" | "ReloadUnit";
  /** systemd's name of the job type that the method requests. */
  readonly type: "start" | "stop" | "restart" | "reload";
  readonly reach?: JobReach | undefined;
}

/** The limit of listings in a row: a re-execution of systemd makes far fewer fail. */
const MAX_RESYNCS = 5;

/** Keeps the table of units and the awaited jobs up to date by systemd's signals, across its reloads and reconnects. */
export class UnitFollower {
  readonly #parts: UnitFollowerParts;
  readonly #jobs = new JobTable();
  readonly #failures: FailureConfirmation;
  readonly #relist = new SharedRun(() => this.#listAll());
  /** The connection whose signals are followed, from before its first listing on. */
  #following: SystemdSession | undefined;
  /** How many jobs are being requested at present, by unit. */
  readonly #asking = new Map<string, number>();
  #isReloading = false;
  #isPinging = false;

  constructor(parts: UnitFollowerParts) {
    this.#parts = parts;
    this.#failures = new FailureConfirmation({
      units: parts.units,
      list: async (name) => await (this.#following && this.list(this.#following, [name])),
    });
  }

  /** Follows a new connection; resolves when the units have been listed, so that nothing was missed. */
  async follow(session: SystemdSession): Promise<void> {
    this.#isReloading = false;
    this.#following = session;
    await this.#relist.run();
    await readRuns(session, this.#parts.units);
  }

  events(): SessionEvents {
    return {
      properties: { follows: (path) => this.#parts.units.nameAt(path) !== undefined, names: STATE_PROPERTIES },
      jobRemoved: (path, unit, result) => {
        this.#parts.units.endJob(unit, path);
        this.#jobs.end(path, result);
      },
      propertiesChanged: (objectPath, changed) => {
        const name = this.#parts.units.nameAt(objectPath);
        if (name === undefined) return;
        this.#parts.units.noteRun(name, changed);
        const job = this.#parts.units.applyProperties(name, this.#failures.withoutFailure(name, changed));
        // The signals show a job of this process before the reply that names it.
        if (job !== undefined && !this.#asking.has(name)) void this.#findJobType(name, job);
      },
      unitRemoved: (name) => {
        // A reload forgets every unit and loads it again. The listing after the reload has the units that are left.
        if (!this.#isReloading) this.#parts.units.forget(name);
      },
      reloading: (active) => {
        this.#isReloading = active;
        if (!active) void this.#resync().then(this.#parts.onReloaded);
      },
      ownerChanged: (present) => {
        if (present) void this.#resync();
        // When the bus restarts, systemd returns to the new bus, which needs a new connection.
        else this.#following?.abandon("systemd has left the bus, as when the bus restarts");
      },
    };
  }

  /**
   * Has systemd load these units, and stores their states in the table.
   * @param alsoWith called with the states, before any later message is processed.
   */
  async list(
    session: SystemdSession,
    names: readonly string[],
    alsoWith: (rows: readonly UnitRow[]) => void = () => {},
    signal?: AbortSignal,
  ): Promise<void> {
    const apply = (body: readonly unknown[]): readonly UnitRow[] => {
      const rows = readUnitRows(body);
      for (const row of rows) this.#parts.units.applyRow(row);
      alsoWith(rows);
      return rows;
    };
    const rows = await session.manager("ListUnitsByNames", "as", [names.filter(isLoadable)], apply, signal);
    const maybeFailed = rows.filter(({ name, activeState }) => !impliesSuccess(activeState) && hasResult(name));
    const results = maybeFailed.map(async ({ name }) => {
      const read = (value: unknown): void => this.#parts.units.setResult(name, asString(value));
      await unlessRefused(session.property(unitObjectPath(name), typeInterface(name), "Result", read, signal));
    });
    await Promise.all(results);
  }

  /**
   * Asks systemd for a job; resolves when systemd has accepted it.
   * @returns a promise of the job's result as JobRemoved names it.
   */
  async askForJob(
    session: SystemdSession,
    job: JobRequest,
    signal?: AbortSignal,
  ): Promise<{ readonly ended: Promise<string> }> {
    const { unit, method, type, reach } = job;
    const mode = reach === "alone" ? "ignore-dependencies" : "replace";
    // Runs while the reply is read, because the next message may already end the job.
    const follow = ([path]: readonly unknown[]): { readonly ended: Promise<string> } => {
      this.#parts.units.setJob(unit, asString(path), type);
      return { ended: this.#jobs.wait(asString(path)) };
    };
    this.#asking.set(unit, (this.#asking.get(unit) ?? 0) + 1);
    try {
      const taken = await session.manager(method, "ss", [unit, mode], follow, signal);
      void this.#pingWhileWaiting(session);
      return taken;
    } finally {
      const others = (this.#asking.get(unit) ?? 1) - 1;
      if (others === 0) this.#asking.delete(unit);
      else this.#asking.set(unit, others);
    }
  }

  /** Resolves when no failure of the unit waits for confirmation, so that the table has the unit's state. */
  confirmed(unit: string): Promise<void> {
    return this.#failures.confirmed(unit);
  }

  /** Fails every awaited job. */
  failJobs(reason: unknown): void {
    this.#jobs.fail(reason);
  }

  /** Lists all units after signals may have been missed. */
  async #listAll(): Promise<void> {
    const session = this.#following;
    if (session === undefined) return;
    const jobs = (rows: readonly UnitRow[]): void => this.#jobs.keep(new Set(rows.map(({ jobPath }) => jobPath)));
    await this.list(session, [...this.#parts.units.units.keys()], jobs);
    this.#parts.feed.changed(this.#parts.units.units.keys());
  }

  /** Lists all units until that succeeds; gives the connection up when it does not. */
  async #resync(): Promise<void> {
    const session = this.#following;
    if (session === undefined) return;
    const { clock, random } = this.#parts;
    const backoff = new Backoff({ first: 50, most: 1_000, random });
    while (backoff.failures < MAX_RESYNCS) {
      try {
        // Refused when the subscription has outlived a re-execution.
        await unlessRefused(session.subscribe());
        await this.#relist.run();
        return;
      } catch (error) {
        rethrowProgrammingError(error);
        // systemd is off the bus for a moment while it re-executes.
        await clock.sleep(backoff.next(), session.lost).catch(() => {});
      }
    }
    session.abandon("systemd did not list its units after a reload");
  }

  /** Asks for the type of a job of another process: the signal has only the job's path. */
  async #findJobType(name: string, path: string): Promise<void> {
    const read = (type: unknown): void => this.#parts.units.setJob(name, path, asString(type));
    // The job may have ended by now, or the connection; signals or a listing show that.
    await this.#following?.property(path, "Job", "JobType", read).catch(rethrowProgrammingError);
  }

  /** Checks that systemd still answers while jobs are awaited: a job itself may last forever. */
  async #pingWhileWaiting(session: SystemdSession): Promise<void> {
    if (this.#isPinging) return;
    this.#isPinging = true;
    const { clock, callTimeoutMs } = this.#parts;
    try {
      while (this.#jobs.size > 0) {
        await clock.sleep(callTimeoutMs, session.lost);
        await session.ping();
      }
    } catch (error) {
      // The connection is lost, which fails every awaited job.
      rethrowProgrammingError(error);
    } finally {
      this.#isPinging = false;
    }
  }
}
