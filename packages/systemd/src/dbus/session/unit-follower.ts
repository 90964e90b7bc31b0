import { Backoff, type Clock, rethrowProgrammingError } from "@flotilla/runtime";
import type { ChangeFeed } from "../../change-feed.ts";
import { asString } from "./decode.ts";
import { JobTable } from "./job-table.ts";
import { unitObjectPath } from "./object-path.ts";
import type { ChangedProperties } from "../wire/property-signal.ts";
import { SharedRun } from "./shared-run.ts";
import type { SessionEvents, SystemdSession } from "./systemd-session.ts";
import { hasResult, isLoadable, typeInterface } from "./unit-kind.ts";
import { type UnitRow, isSettled, readUnitRows } from "./unit-row.ts";
import { STATE_PROPERTIES, UnitTable } from "./unit-table.ts";
import { unlessRefused } from "./unless-refused.ts";

export interface UnitFollowerOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly callTimeoutMs: number;
  readonly feed: ChangeFeed;
  /** Called when systemd has read all files anew, and its units were listed after that. */
  readonly onReloaded: () => void;
}

export interface JobRequest {
  readonly unit: string;
  readonly method: "StartUnit" | "StopUnit" | "RestartUnit" | "ReloadUnit";
  /** systemd's name for what the method asks for. */
  readonly type: "start" | "stop" | "restart" | "reload";
}

/** Within these, systemd has long come back from a re-execution. */
const MAX_RESYNCS = 5;

/** Keeps the table of units and the jobs waited for in step with what systemd tells, over its reloads and ours. */
export class UnitFollower {
  readonly units: UnitTable;
  readonly jobs = new JobTable();
  readonly #options: UnitFollowerOptions;
  readonly #relist = new SharedRun(() => this.#listAll());
  /** The connection whose signals are being taken in: from before its first listing on. */
  #following: SystemdSession | undefined;
  /** How many jobs are being asked for at present, by unit. */
  readonly #asking = new Map<string, number>();
  /** Units that a signal has shown as failed, until systemd has said whether they still are. */
  readonly #confirming = new Map<string, Promise<void>>();
  /** Units that have failed since systemd was asked about their last failure. */
  readonly #failedAgain = new Set<string>();
  #reloading = false;
  #pulsing = false;

  constructor(options: UnitFollowerOptions) {
    this.#options = options;
    this.units = new UnitTable(options.feed);
  }

  /** Goes on with a new connection: all that was missed is listed before this resolves. */
  async follow(session: SystemdSession): Promise<void> {
    this.#reloading = false;
    this.#following = session;
    await this.#relist.run();
  }

  events(): SessionEvents {
    return {
      properties: { follows: (path) => this.units.nameAt(path) !== undefined, names: STATE_PROPERTIES },
      jobRemoved: (path, unit, result) => {
        this.units.endJob(unit, path);
        this.jobs.end(path, result);
      },
      propertiesChanged: (objectPath, changed) => {
        const name = this.units.nameAt(objectPath);
        if (name === undefined) return;
        const job = this.units.applyProperties(name, this.#withoutFailure(name, changed));
        // A job that is being asked for here shows in the signals before the reply that names it.
        if (job !== undefined && !this.#asking.has(name)) void this.#findJobType(name, job);
      },
      unitRemoved: (name) => {
        // A reload forgets every unit and loads it anew; the listing after it tells what is left.
        if (!this.#reloading) this.units.forget(name);
      },
      reloading: (active) => {
        this.#reloading = active;
        if (!active) void this.#resync().then(this.#options.onReloaded);
      },
      ownerChanged: (present) => {
        if (present) void this.#resync();
        // It comes back to a bus that has restarted, of which only a new connection learns.
        else this.#following?.abandon("systemd has left the bus, as when that restarts");
      },
    };
  }

  /** Has systemd load these units, and takes in what it says of them. */
  async list(
    session: SystemdSession,
    names: readonly string[],
    alsoWith: (rows: readonly UnitRow[]) => void = () => {},
    signal?: AbortSignal,
  ): Promise<void> {
    const apply = (body: readonly unknown[]): readonly UnitRow[] => {
      const rows = readUnitRows(body);
      for (const row of rows) this.units.applyRow(row);
      alsoWith(rows);
      return rows;
    };
    const rows = await session.manager("ListUnitsByNames", "as", [names.filter(isLoadable)], apply, signal);
    const unsettled = rows.filter(({ name, activeState }) => !isSettled(activeState) && hasResult(name));
    const results = unsettled.map(async ({ name }) => {
      const read = (value: unknown): void => this.units.setResult(name, asString(value));
      await unlessRefused(session.property(unitObjectPath(name), typeInterface(name), "Result", read, signal));
    });
    await Promise.all(results);
  }

  /**
   * Asks systemd for a job.
   * @returns once systemd has taken it, the job's result-to-be as JobRemoved will tell it.
   */
  async askForJob(
    session: SystemdSession,
    job: JobRequest,
    signal?: AbortSignal,
  ): Promise<{ readonly ended: Promise<string> }> {
    const { unit, method, type } = job;
    // Runs as the reply is read: the job may end with the very next message.
    const follow = ([path]: readonly unknown[]): { readonly ended: Promise<string> } => {
      this.units.setJob(unit, asString(path), type);
      return { ended: this.jobs.wait(asString(path)) };
    };
    this.#asking.set(unit, (this.#asking.get(unit) ?? 0) + 1);
    try {
      const taken = await session.manager(method, "ss", [unit, "replace"], follow, signal);
      void this.#pulse(session);
      return taken;
    } finally {
      const others = (this.#asking.get(unit) ?? 1) - 1;
      if (others === 0) this.#asking.delete(unit);
      else this.#asking.set(unit, others);
    }
  }

  /** Resolves when no failure of the unit waits to be confirmed: the table has its state then. */
  async confirmed(unit: string): Promise<void> {
    await this.#confirming.get(unit);
  }

  /**
   * A service that systemd is about to restart is `failed` for a moment, within one step of systemd's
   * (service_enter_dead), before it is `activating (auto-restart)`; systemd 254 and later call the moment
   * `failed-before-auto-restart`. A question is answered between two steps, so only its answer is a failure.
   */
  #withoutFailure(name: string, changed: ChangedProperties): ChangedProperties {
    const isNews = this.units.units.get(name)?.activeState !== "failed";
    if (changed["ActiveState"] !== "failed" || !isNews) return changed;
    if (this.#confirming.has(name)) this.#failedAgain.add(name);
    else this.#confirming.set(name, this.#confirm(name));
    const { Result, Job } = changed;
    return { ...(Result !== undefined && { Result }), ...(Job !== undefined && { Job }) };
  }

  /**
   * Asks once more when the unit has failed again meanwhile: the answer is of before that. When the connection is lost,
   * the listing of the next one tells.
   */
  async #confirm(name: string): Promise<void> {
    do {
      this.#failedAgain.delete(name);
      const session = this.#following;
      await (session && this.list(session, [name]).catch(() => {}));
    } while (this.#failedAgain.has(name));
    // In the same step as the look at what has failed again: no failure comes between the two.
    this.#confirming.delete(name);
  }

  /** Learns all anew after signals may have been missed. */
  async #listAll(): Promise<void> {
    const session = this.#following;
    if (session === undefined) return;
    const jobs = (rows: readonly UnitRow[]): void => this.jobs.keep(new Set(rows.map(({ jobPath }) => jobPath)));
    await this.list(session, [...this.units.units.keys()], jobs);
    this.#options.feed.changed(this.units.units.keys());
  }

  /** Signals may have been missed: asks again, and if systemd does not say, a new connection has to. */
  async #resync(): Promise<void> {
    const session = this.#following;
    if (session === undefined) return;
    const { clock, random } = this.#options;
    const backoff = new Backoff({ first: 50, most: 1_000, random });
    while (backoff.failures < MAX_RESYNCS) {
      try {
        // systemd's subscriptions outlive its re-execution; asking again is refused, and harmless.
        await unlessRefused(session.subscribe());
        await this.#relist.run();
        return;
      } catch (error) {
        rethrowProgrammingError(error);
        // Just now re-executing itself, it is off the bus for a moment.
        await clock.sleep(backoff.next(), session.lost).catch(() => {});
      }
    }
    session.abandon("systemd did not list its units after it had reloaded");
  }

  /** Somebody else's job: the signal that told of it has its path only. */
  async #findJobType(name: string, path: string): Promise<void> {
    const read = (type: unknown): void => this.units.setJob(name, path, asString(type));
    // It may be over by now, or the connection; signals or a listing tell then.
    await this.#following?.property(path, "Job", "JobType", read).catch(rethrowProgrammingError);
  }

  /** While somebody waits for a job, makes sure that systemd still answers: a job itself may last for ever. */
  async #pulse(session: SystemdSession): Promise<void> {
    if (this.#pulsing) return;
    this.#pulsing = true;
    const { clock, callTimeoutMs } = this.#options;
    try {
      while (this.jobs.size > 0) {
        await clock.sleep(callTimeoutMs, session.lost);
        await session.ping();
      }
    } catch (error) {
      // The connection is lost, which ends every wait.
      rethrowProgrammingError(error);
    } finally {
      this.#pulsing = false;
    }
  }
}
