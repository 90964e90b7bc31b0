import { Backoff } from "@flotilla/runtime";
import { isEnableable, parseUnitFile, parseUnitName } from "@flotilla/unit";
import { ChangeFeed } from "../change-feed.ts";
import type { JobResult, ManagedUnit, UnitManager } from "../port.ts";
import { NO_SUCH_UNIT, UnitManagerRefusedError } from "../unit-manager-error.ts";
import { asString } from "./decode.ts";
import { failureMessage } from "./failure-message.ts";
import { hostUnitError, refuseHostUnit } from "./host-unit.ts";
import { JobTable } from "./job-table.ts";
import { unitObjectPath } from "./object-path.ts";
import { pendingJobType } from "./own-unit.ts";
import { SharedRun } from "./shared-run.ts";
import { SystemdLink, type SystemdLinkOptions } from "./systemd-link.ts";
import type { SessionEvents, SystemdSession } from "./systemd-session.ts";
import type { UnitDirectory } from "./unit-directory.ts";
import { hasResult, isLoadable, typeInterface } from "./unit-kind.ts";
import { type UnitRow, isSettled, readUnitRows } from "./unit-row.ts";
import { UnitTable } from "./unit-table.ts";

export interface DbusUnitManagerParts extends Omit<SystemdLinkOptions, "events" | "catchUp" | "onDown"> {
  readonly directory: UnitDirectory;
}

/** Within these, systemd has long come back from a re-execution. */
const MAX_RESYNCS = 5;

type JobMethod = "StartUnit" | "StopUnit" | "RestartUnit";

/** systemd as the unit-manager port asks for it; made by `openDbusUnitManager`. */
export class DbusUnitManager implements UnitManager {
  readonly #parts: DbusUnitManagerParts;
  readonly #feed = new ChangeFeed();
  readonly #units = new UnitTable(this.#feed);
  readonly #jobs = new JobTable();
  readonly #link: SystemdLink;
  readonly #reload = new SharedRun(() => this.#link.session().manager("Reload", "", [], () => {}));
  readonly #relist = new SharedRun(() => this.#listAll());
  /** The connection whose signals are being taken in: from before its first listing on. */
  #following: SystemdSession | undefined;
  #searchPath: readonly string[] = [];
  #reloading = false;
  #pulsing = false;

  constructor(parts: DbusUnitManagerParts) {
    this.#parts = parts;
    this.#link = new SystemdLink({
      ...parts,
      events: this.#events(),
      catchUp: (session) => this.#catchUp(session),
      onDown: (reason) => this.#jobs.fail(reason),
    });
  }

  /** Reads the files that are there, and connects. */
  async open(signal: AbortSignal): Promise<void> {
    const { files, orphans } = await this.#parts.directory.open();
    for (const [name, text] of files) this.#units.setText(name, text);
    for (const name of orphans) this.#units.addOrphan(name);
    await this.#link.open(signal);
  }

  get connected(): boolean {
    return this.#link.up;
  }

  list(): ReadonlyMap<string, ManagedUnit> {
    return this.#units.units;
  }

  onChange(listener: (names: readonly string[]) => void): () => void {
    return this.#feed.subscribe(listener);
  }

  async close(): Promise<void> {
    await this.#link.close();
  }

  async write(name: string, text: string, signal?: AbortSignal): Promise<void> {
    const { directory } = this.#parts;
    // A valid name holds no slash, so it is safe as a file's name.
    parseUnitName(name);
    const session = this.#link.session();
    const ours = this.#units.units.has(name);
    await refuseHostUnit({ session, directory, searchPath: this.#searchPath }, { name, ours }, signal);
    if (ours && this.#units.units.get(name)?.text === text && (await directory.isOurs(name))) return;
    await directory.write(name, text).catch((error: NodeJS.ErrnoException) => {
      throw error.code === "EEXIST" ? hostUnitError(name, "put there just now") : error;
    });
    this.#units.setText(name, text);
  }

  async needsReload(names: readonly string[], signal?: AbortSignal): Promise<boolean> {
    const session = this.#link.session();
    const answers = names
      .filter(isLoadable)
      .map((name) => session.property(unitObjectPath(name), "Unit", "NeedDaemonReload", (due) => due === true, signal));
    return (await Promise.all(answers)).includes(true);
  }

  async reload(signal?: AbortSignal): Promise<void> {
    await orAbort(this.#reload.run(), signal);
  }

  async enable(name: string, signal?: AbortSignal): Promise<void> {
    const session = this.#link.session();
    if (!this.#asksForInstall(name)) return;
    // Not forced: a link that the host has there already stays, and systemd says so.
    await session.manager("EnableUnitFiles", "asbb", [[name], true, false], () => {}, signal);
  }

  async load(name: string, signal?: AbortSignal): Promise<void> {
    await this.#list(this.#link.session(), [name], undefined, signal);
  }

  start(name: string, signal?: AbortSignal): Promise<JobResult> {
    return this.#job("StartUnit", "start", name, signal);
  }

  stop(name: string, signal?: AbortSignal): Promise<JobResult> {
    return this.#job("StopUnit", "stop", name, signal);
  }

  restart(name: string, signal?: AbortSignal): Promise<JobResult> {
    return this.#job("RestartUnit", "restart", name, signal);
  }

  async remove(name: string, signal?: AbortSignal): Promise<void> {
    if (!this.#units.units.has(name)) return;
    const session = this.#link.session();
    if (this.#asksForInstall(name)) {
      await unlessRefused(session.manager("DisableUnitFiles", "asb", [[name], true], () => {}, signal));
    }
    await this.#parts.directory.remove(name);
    // Refused when systemd has forgotten the unit, which is as good.
    await unlessRefused(session.manager("ResetFailedUnit", "s", [name], () => {}, signal));
    this.#units.dropText(name);
  }

  /** See `pendingJobType` in own-unit.ts. */
  async pendingJobType(pid: number, signal?: AbortSignal): Promise<string | undefined> {
    return await pendingJobType(this.#link.session(), pid, signal);
  }

  async #job(method: JobMethod, type: string, name: string, signal?: AbortSignal): Promise<JobResult> {
    const session = this.#link.session();
    if (!this.#units.units.has(name)) {
      throw new UnitManagerRefusedError(`Unit ${name} is not one of the cluster's on this machine.`, NO_SUCH_UNIT);
    }
    const follow = ([path]: readonly unknown[]): { readonly ended: Promise<string> } => {
      this.#units.setJob(name, asString(path), type);
      return { ended: this.#jobs.wait(asString(path)) };
    };
    const job = await session.manager(method, "ss", [name, "replace"], follow, signal).catch(async (error: unknown) => {
      // systemd has now tried to load the unit, and may not have before: show what it found.
      if (error instanceof UnitManagerRefusedError) await unlessRefused(this.#list(session, [name], undefined, signal));
      throw error;
    });
    void this.#pulse(session);
    const result = await orAbort(job.ended, signal);
    if (result === "done") return { result, message: "" };
    const failed = session.properties(unitObjectPath(name), typeInterface(name), signal);
    return { result, message: failureMessage({ type, unit: name, result, properties: (await unlessRefused(failed)) ?? {} }) };
  }

  /** While somebody waits for a job, makes sure that systemd still answers: a job itself may last for ever. */
  async #pulse(session: SystemdSession): Promise<void> {
    if (this.#pulsing) return;
    this.#pulsing = true;
    const { clock, callTimeoutMs } = this.#parts;
    try {
      while (this.#jobs.size > 0) {
        await clock.sleep(callTimeoutMs, session.lost);
        await session.ping();
      }
    } catch {
      // The connection is lost, which ends every wait.
    } finally {
      this.#pulsing = false;
    }
  }

  #asksForInstall(name: string): boolean {
    const text = this.#units.units.get(name)?.text ?? "";
    return isEnableable(parseUnitFile(text).options);
  }

  async #catchUp(session: SystemdSession): Promise<void> {
    this.#reloading = false;
    this.#following = session;
    this.#searchPath = await session.unitPath();
    await this.#relist.run();
    await this.#dropStoppedOrphans();
  }

  /** Learns all anew after signals may have been missed. */
  async #listAll(): Promise<void> {
    const session = this.#following;
    if (session === undefined) return;
    const jobs = (rows: readonly UnitRow[]): void => this.#jobs.keep(new Set(rows.map(({ jobPath }) => jobPath)));
    await this.#list(session, [...this.#units.units.keys()], jobs);
    this.#feed.changed(this.#units.units.keys());
  }

  /** Has systemd load these units, and takes in what it says of them. */
  async #list(
    session: SystemdSession,
    names: readonly string[],
    alsoWith: (rows: readonly UnitRow[]) => void = () => {},
    signal?: AbortSignal,
  ): Promise<void> {
    const apply = (body: readonly unknown[]): readonly UnitRow[] => {
      const rows = readUnitRows(body);
      for (const row of rows) this.#units.applyRow(row);
      alsoWith(rows);
      return rows;
    };
    const rows = await session.manager("ListUnitsByNames", "as", [names.filter(isLoadable)], apply, signal);
    const unsettled = rows.filter(({ name, activeState }) => !isSettled(activeState) && hasResult(name));
    const results = unsettled.map(async ({ name }) => {
      const read = (value: unknown): void => this.#units.setResult(name, asString(value));
      await unlessRefused(session.property(unitObjectPath(name), typeInterface(name), "Result", read, signal));
    });
    await Promise.all(results);
  }

  async #dropStoppedOrphans(): Promise<void> {
    for (const name of this.#units.stoppedOrphans()) {
      await this.#parts.directory.remove(name);
      this.#units.dropText(name);
    }
  }

  #events(): SessionEvents {
    return {
      jobRemoved: (path, unit, result) => {
        this.#units.endJob(unit, path);
        this.#jobs.end(path, result);
      },
      propertiesChanged: (objectPath, changed) => {
        const name = this.#units.nameAt(objectPath);
        if (name === undefined) return;
        const job = this.#units.applyProperties(name, changed);
        if (job !== undefined) void this.#findJobType(name, job);
      },
      unitRemoved: (name) => {
        // A reload forgets every unit and loads it anew; the listing after it tells what is left.
        if (!this.#reloading) this.#units.forget(name);
      },
      reloading: (active) => {
        this.#reloading = active;
        if (!active) void this.#resync();
      },
      ownerChanged: (present) => {
        if (present) void this.#resync();
        else this.#following?.close();
      },
    };
  }

  /** Signals may have been missed: asks again, and if systemd does not say, a new connection has to. */
  async #resync(): Promise<void> {
    const session = this.#following;
    if (session === undefined) return;
    const { clock, random } = this.#parts;
    const backoff = new Backoff({ first: 50, most: 1_000, random });
    while (backoff.failures < MAX_RESYNCS) {
      try {
        // systemd's subscriptions outlive its re-execution; asking again is refused, and harmless.
        await unlessRefused(session.subscribe());
        await this.#relist.run();
        return;
      } catch {
        // Just now re-executing itself, it is off the bus for a moment.
        await clock.sleep(backoff.next(), session.lost).catch(() => {});
      }
    }
    session.close();
  }

  /** Somebody else's job: the signal that told of it has its path only. */
  async #findJobType(name: string, path: string): Promise<void> {
    const read = (type: unknown): void => this.#units.setJob(name, path, asString(type));
    // It may be over by now, or the connection; signals or a listing tell then.
    await this.#following?.property(path, "Job", "JobType", read).catch(() => {});
  }
}

/** The promise's outcome, or the signal's reason if that comes first. */
async function orAbort<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await promise;
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** Undefined where systemd refused. */
async function unlessRefused<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof UnitManagerRefusedError) return undefined;
    throw error;
  }
}
