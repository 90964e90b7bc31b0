import { untilAborted } from "@flotilla/runtime";
import { parseUnitName } from "@flotilla/unit";
import { ChangeFeed } from "../change-feed.ts";
import type { JobResult, KillRequest, ManagedUnit, UnitControl, UnitManager } from "../port.ts";
import { NO_SUCH_UNIT, UnitManagerRefusedError } from "../unit-manager-error.ts";
import { failureMessage } from "./units/failure-message.ts";
import { skipMessage } from "./units/skip-message.ts";
import { findLoaded } from "./units/host-unit.ts";
import type { InstallLinks } from "./units/install-links.ts";
import { killLeftovers } from "./units/leftovers.ts";
import { unitObjectPath } from "./session/object-path.ts";
import { type OwnUnit, ownUnit, stopTriggers } from "./units/own-unit.ts";
import { Pace } from "./session/pace.ts";
import { SharedRun } from "./session/shared-run.ts";
import { SystemdLink, type SystemdLinkOptions } from "./session/systemd-link.ts";
import type { SystemdSession } from "./session/systemd-session.ts";
import type { UnitDirectory } from "./units/unit-directory.ts";
import { type JobRequest, UnitFollower } from "./session/unit-follower.ts";
import { UnitEnabling } from "./units/unit-enabling.ts";
import { UnitInspection } from "./units/unit-inspection.ts";
import { isLoadable, typeInterface } from "./session/unit-kind.ts";
import { UnitRemoval } from "./units/unit-removal.ts";
import { UnitPlacement } from "./units/unit-placement.ts";
import type { UnitTable } from "./session/unit-table.ts";
import { unlessRefused } from "./session/unless-refused.ts";

export interface DbusUnitManagerParts extends Omit<SystemdLinkOptions, "events" | "catchUp" | "onDown"> {
  readonly directory: UnitDirectory;
}

/** systemd as the unit-manager port asks for it; made by `openDbusUnitManager`. */
export class DbusUnitManager implements UnitManager, UnitControl {
  readonly #parts: DbusUnitManagerParts;
  readonly #feed = new ChangeFeed();
  readonly #follower: UnitFollower;
  readonly #units: UnitTable;
  readonly #link: SystemdLink;
  readonly #reload = new SharedRun(() => this.#reloadNow());
  readonly #pace: Pace;
  readonly #placement: UnitPlacement;
  readonly #removal: UnitRemoval;
  readonly #inspection: UnitInspection;
  readonly #links: InstallLinks;
  readonly #enabling: UnitEnabling;
  #searchPath: readonly string[] = [];

  constructor(parts: DbusUnitManagerParts) {
    this.#parts = parts;
    const onReloaded = (): void => void this.inspect().catch(() => {});
    this.#follower = new UnitFollower({ ...parts, feed: this.#feed, onReloaded });
    this.#units = this.#follower.units;
    this.#pace = new Pace(parts.clock);
    this.#placement = new UnitPlacement({
      directory: parts.directory,
      units: this.#units,
      pace: this.#pace,
      findLoaded: (names) => findLoaded(this.#link.session(), parts.directory, names),
      searchPath: () => this.#searchPath,
      list: (name) => this.#follower.list(this.#link.session(), [name]),
      aliasOwner: (name) => this.#links.ownerOf(name),
    });
    const common = {
      ...parts,
      units: this.#units,
      session: () => this.#link.session(),
      searchPath: () => this.#searchPath,
    };
    this.#links = parts.directory.installLinks();
    this.#enabling = new UnitEnabling({ ...common, links: this.#links });
    this.#removal = new UnitRemoval({
      ...common,
      placement: this.#placement,
      disable: (name) => this.#enabling.disable(name),
      reload: () => this.#reload.run(),
      list: (name, signal) => this.#follower.list(this.#link.session(), [name], undefined, signal),
    });
    this.#inspection = new UnitInspection({
      ...common,
      isEnabled: (name) => this.#links.areWhole(name),
      aliases: () => this.#links.aliases,
      enable: (name) => this.#enabling.enable(name),
      stop: (name) => this.stop(name),
      remove: (name) => this.remove(name),
      reload: () => this.#reload.run(),
      release: (name) => this.#removal.release(name),
      openedAt: Date.now(),
    });
    this.#link = new SystemdLink({
      ...parts,
      events: this.#follower.events(),
      catchUp: (session) => this.#catchUp(session),
      onDown: (reason) => this.#follower.jobs.fail(reason),
    });
  }

  /** Reads the files that are there, and connects. */
  async open(signal: AbortSignal): Promise<void> {
    const { files, orphans } = this.#parts.directory.open();
    for (const [name, text] of files) this.#units.setText(name, text);
    for (const name of orphans) this.#units.addOrphan(name);
    this.#links.open();
    await this.#link.open(signal);
    // An earlier version may have made other links, and somebody may have removed some.
    const installed = [...files].filter(([, text]) => text.includes("[Install]")).map(([name]) => name);
    for (const name of new Set([...this.#links.units, ...installed])) await this.#enabling.enable(name, signal);
    if (this.#enabling.outdated.length > 0) await this.#reload.run();
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
    // A valid name holds no slash, so it is safe as a file's name.
    parseUnitName(name);
    this.#link.session();
    await untilAborted([signal], () => this.#placement.put(name, text));
    this.#removal.written(name);
  }

  async needsReload(names: readonly string[], signal?: AbortSignal): Promise<boolean> {
    const session = this.#link.session();
    const answers = names
      .filter((name) => isLoadable(name) && !this.#placement.isNew(name))
      .map((name) => this.#isOutdated(session, name, signal));
    return names.some((name) => this.#enabling.isOutdated(name)) || (await Promise.all(answers)).includes(true);
  }

  async reload(signal?: AbortSignal): Promise<void> {
    await untilAborted([signal], () => this.#reload.run());
  }

  async enable(name: string, signal?: AbortSignal): Promise<readonly string[]> {
    this.#link.session();
    return await this.#enabling.enable(name, signal);
  }

  async load(name: string, signal?: AbortSignal): Promise<void> {
    const session = this.#link.session();
    await this.#pace.timed(() => this.#follower.list(session, [name], undefined, signal));
  }

  start(name: string, signal?: AbortSignal): Promise<JobResult> {
    return this.#job({ unit: name, method: "StartUnit", type: "start" }, signal);
  }

  stop(name: string, signal?: AbortSignal): Promise<JobResult> {
    return this.#job({ unit: name, method: "StopUnit", type: "stop" }, signal);
  }

  restart(name: string, signal?: AbortSignal): Promise<JobResult> {
    return this.#job({ unit: name, method: "RestartUnit", type: "restart" }, signal);
  }

  reloadUnit(name: string, signal?: AbortSignal): Promise<JobResult> {
    return this.#job({ unit: name, method: "ReloadUnit", type: "reload" }, signal);
  }

  async kill(name: string, { signal: number, whom }: KillRequest, signal?: AbortSignal): Promise<void> {
    const session = this.#link.session();
    this.#refuseOthers(name);
    await session.manager("KillUnit", "ssi", [name, whom, number], () => {}, signal);
  }

  async resetFailed(name: string, signal?: AbortSignal): Promise<void> {
    const session = this.#link.session();
    this.#refuseOthers(name);
    await session.manager("ResetFailedUnit", "s", [name], () => {}, signal);
  }

  async killLeftovers(name: string, signal?: AbortSignal): Promise<number> {
    const session = this.#link.session();
    return this.#units.units.has(name) ? await killLeftovers(session, name, this.#parts, signal) : 0;
  }

  async remove(name: string, signal?: AbortSignal): Promise<boolean> {
    return await this.#removal.remove(name, signal);
  }

  async #isOutdated(session: SystemdSession, name: string, signal?: AbortSignal): Promise<boolean> {
    const path = unitObjectPath(name);
    const isDue = session.property(path, "Unit", "NeedDaemonReload", (due) => due === true, signal);
    if (!isUp(this.#units.units.get(name))) return await isDue;
    // It runs although its file was gone for a while: systemd says that nothing is due, but cannot load it either.
    const isLost = (state: unknown): boolean => state === "not-found" || state === "error";
    const loadState = session.property(path, "Unit", "LoadState", isLost, signal);
    return (await Promise.all([isDue, loadState])).includes(true);
  }

  async #reloadNow(): Promise<void> {
    const { outdated } = this.#enabling;
    await this.#link.session().manager("Reload", "", [], () => {});
    this.#enabling.reloaded(outdated);
  }

  async inspect(mustEnd?: (name: string) => boolean): Promise<void> {
    await this.#inspection.inspect(mustEnd);
  }

  isMasked(name: string): boolean {
    return this.#parts.directory.isMasked(name, this.#searchPath);
  }

  /** Fails unless systemd answers. */
  async ping(signal?: AbortSignal): Promise<void> {
    await this.#link.session().ping(signal);
  }

  /** See `ownUnit` in own-unit.ts. */
  async ownUnit(pid: number, signal?: AbortSignal): Promise<OwnUnit | undefined> {
    return await ownUnit(this.#link.session(), pid, signal);
  }

  /** See `stopTriggers` in own-unit.ts. */
  async stopTriggers(unit: OwnUnit): Promise<void> {
    await stopTriggers(this.#link.session(), unit);
  }

  async #job(request: JobRequest, signal?: AbortSignal): Promise<JobResult> {
    const { unit: name, type } = request;
    const session = this.#link.session();
    this.#refuseOthers(name);
    if (type === "start" || type === "restart") this.#units.expectStart(name);
    const ask = this.#pace.timed(() => this.#follower.askForJob(session, request, signal));
    const job = await ask.catch(async (error: unknown) => {
      // systemd has now tried to load the unit, and may not have before: show what it found.
      if (error instanceof UnitManagerRefusedError)
        await unlessRefused(this.#follower.list(session, [name], undefined, signal));
      throw error;
    });
    const result = await untilAborted([signal], () => job.ended);
    await untilAborted([signal], () => this.#follower.confirmed(name));
    if (result === "done") return await this.#skipped(session, request, signal);
    const failed = session.properties(unitObjectPath(name), typeInterface(name), signal);
    return {
      result,
      message: failureMessage({ type, unit: name, result, properties: (await unlessRefused(failed)) ?? {} }),
    };
  }

  /** systemd says "done" of a start that a condition of the unit forbids. */
  async #skipped(session: SystemdSession, { unit, type }: JobRequest, signal?: AbortSignal): Promise<JobResult> {
    const isStart = type === "start" || type === "restart";
    if (!isStart || !this.#units.isSkipped(unit)) return { result: "done", message: "" };
    const properties = await unlessRefused(session.properties(unitObjectPath(unit), "Unit", signal));
    return { result: "skipped", message: skipMessage(properties ?? {}) };
  }

  #refuseOthers(name: string): void {
    if (this.#units.units.has(name)) return;
    throw new UnitManagerRefusedError(`Unit ${name} is not one of the cluster's on this machine.`, NO_SUCH_UNIT);
  }

  async #catchUp(session: SystemdSession): Promise<void> {
    this.#searchPath = await session.unitPath();
    await this.#follower.follow(session);
  }
}

function isUp(unit: ManagedUnit | undefined): boolean {
  return unit !== undefined && unit.activeState !== "inactive" && unit.activeState !== "failed";
}
