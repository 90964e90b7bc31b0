import { type Logger, messageOf } from "@flotilla/runtime";
import { startedFrom } from "../../started-from.ts";
import { findLoadedUnit, isStopped, type LoadedUnit } from "./loaded-unit.ts";
import { SharedRun } from "../session/shared-run.ts";
import type { SystemdSession } from "../session/systemd-session.ts";
import type { DiskSurvey, HostFile } from "./disk-survey.ts";
import type { InstallLinks } from "./install-links.ts";
import type { UnitDirectory } from "./unit-directory.ts";
import type { UnitRemoval } from "./unit-removal.ts";
import type { UnitTable } from "../session/unit-table.ts";

export interface UnitInspectionParts {
  readonly directory: UnitDirectory;
  readonly units: UnitTable;
  readonly links: Pick<InstallLinks, "areComplete" | "aliases">;
  readonly session: () => SystemdSession;
  /** Directories that systemd searches for unit files, the first found wins (systemd.unit(5)). */
  readonly searchPath: () => readonly string[];
  /** Decides again on the links of a unit's [Install] section. */
  readonly enable: (name: string) => Promise<unknown>;
  /** Asks systemd to stop a unit. */
  readonly stop: (name: string) => Promise<unknown>;
  readonly removal: Pick<UnitRemoval, "remove" | "release">;
  /** Runs daemon-reload. */
  readonly reload: () => Promise<void>;
  /** When this daemon began to follow systemd, in milliseconds since the epoch. */
  readonly openedAt: number;
  readonly log: Logger;
}

/**
 * Finds changes that others have made to the cluster's units on the disk. A unit whose file or link is missing counts as
 * not in place. A name for which systemd has loaded a file of the host is the host's from then on.
 */
export class UnitInspection {
  readonly #parts: UnitInspectionParts;
  readonly #run = new SharedRun(() => this.#inspect());
  /** Units that are being stopped and removed because they hide a file of the host. */
  readonly #uncovering = new Set<string>();
  #mustEnd: (name: string) => boolean = () => false;

  constructor(parts: UnitInspectionParts) {
    this.#parts = parts;
  }

  /** See UnitManager.inspect. */
  inspect(mustEnd?: (name: string) => boolean): Promise<void> {
    if (mustEnd) this.#mustEnd = mustEnd;
    return this.#run.run();
  }

  async #inspect(): Promise<void> {
    const { directory, units, links, searchPath } = this.#parts;
    const survey = directory.survey(searchPath());
    for (const { name, text } of [...units.units.values()]) {
      if (text !== "" && !(survey.hasUnit(name) && links.areComplete(name))) units.addOrphan(name);
    }
    for (const [name, file] of survey.hostFilesOf(units.units)) await this.#yield(name, file);
    await this.#yieldAliases(survey);
  }

  async #yieldAliases(survey: DiskSurvey): Promise<void> {
    const { links, enable, reload } = this.#parts;
    const { aliases } = links;
    const losing = new Set([...survey.hostFilesOf(aliases).keys()].map((alias) => aliases.get(alias) ?? ""));
    for (const name of losing) await enable(name);
    if (losing.size > 0) await reload();
  }

  /**
   * Stops managing the unit once systemd has loaded the host's file of the same name. A mask is not a unit of the host.
   */
  async #yield(name: string, { path, isHidden }: HostFile): Promise<void> {
    const { directory, units, session, removal, log } = this.#parts;
    if (isHidden) return this.#uncover(name, path);
    const loaded = await findLoadedUnit(session(), name);
    if (!loaded || ["masked", "not-found"].includes(loaded.loadState)) return;
    if (directory.ownerOf(loaded.fragment) === name) return;
    if (!isStopped(loaded) && this.#mustEnd(name) && (await this.#runsOurs(name, loaded, path))) {
      // The unit must not run beside the copy that replaces it.
      units.addOrphan(name);
      await this.#stop(name);
      const left = await findLoadedUnit(session(), name);
      if (left && !isStopped(left)) return;
    }
    log.warn(TAKEN, { unit: name, file: path });
    removal.release(name);
  }

  /** Whether the unit's processes were started from the cluster's file. Without a note the time of the start decides. */
  async #runsOurs(name: string, { startedAt }: LoadedUnit, path: string): Promise<boolean> {
    const origin = startedFrom(name);
    if (origin !== undefined) return this.#parts.directory.holds(origin, name);
    return startedAt < (await this.#takenAt(path));
  }

  /**
   * When systemd loaded the host's file, in milliseconds since the epoch. This daemon inspects the units after each
   * reload that it sees, so that the last such reload has loaded the file.
   */
  async #takenAt(path: string): Promise<number> {
    const { directory, session, openedAt } = this.#parts;
    const reloadedAt = await session().unitsLoadedAt();
    return reloadedAt > openedAt ? reloadedAt : directory.changedAt(path);
  }

  /** Stops and removes a unit whose link hides the host's file from systemd. */
  #uncover(name: string, path: string): void {
    const { units, removal, reload, log } = this.#parts;
    if (this.#uncovering.has(name)) return;
    this.#uncovering.add(name);
    units.addOrphan(name);
    log.warn(TAKEN, { unit: name, file: path });
    const work = async (): Promise<void> => {
      await this.#stop(name);
      // A unit that runs again is stopped at the next inspection.
      if (await removal.remove(name)) await reload();
    };
    work()
      .catch((error: unknown) => log.warn(STUCK, { unit: name, error: messageOf(error) }))
      .finally(() => this.#uncovering.delete(name));
  }

  async #stop(name: string): Promise<void> {
    const { stop, log } = this.#parts;
    await stop(name).catch((error: unknown) => log.warn(STUCK, { unit: name, error: messageOf(error) }));
  }
}

const TAKEN = "a unit of the host has taken the name of a unit of the cluster";

const STUCK = "cannot stop or remove a unit whose name the host has taken";
