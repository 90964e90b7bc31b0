import { type Logger, messageOf } from "@flotilla/runtime";
import { startedFrom } from "../../started-from.ts";
import { findLoadedUnit, isStopped, type LoadedUnit } from "./loaded-unit.ts";
import { SharedRun } from "../session/shared-run.ts";
import type { SystemdSession } from "../session/systemd-session.ts";
import type { HostFile, UnitDirectory } from "./unit-directory.ts";
import type { UnitTable } from "../session/unit-table.ts";

export interface UnitInspectionOptions {
  readonly directory: UnitDirectory;
  readonly units: UnitTable;
  readonly session: () => SystemdSession;
  /** Directories that systemd searches for unit files, the first found wins (systemd.unit(5)). */
  readonly searchPath: () => readonly string[];
  /** False when a link that the unit's [Install] section asked for is missing. */
  readonly isEnabled: (name: string) => boolean;
  /** Units by their aliases. */
  readonly aliases: () => ReadonlyMap<string, string>;
  /** Decides anew on the links of a unit's [Install] section. */
  readonly enable: (name: string) => Promise<unknown>;
  /** Asks systemd to stop a unit. */
  readonly stop: (name: string) => Promise<unknown>;
  /** See UnitManager.remove. */
  readonly remove: (name: string) => Promise<boolean>;
  /** daemon-reload. */
  readonly reload: () => Promise<void>;
  /** Removes all that there is of the cluster's unit on the disk, and the unit from the table. */
  readonly release: (name: string) => void;
  /** When this daemon began to follow systemd, milliseconds since the epoch. */
  readonly openedAt: number;
  readonly log: Logger;
}

/**
 * Finds what others have done to the cluster's units on the disk: a file or link that is gone makes the unit one that
 * is not in place, and a name for which systemd has loaded a file of the host's own is the host's from then on.
 */
export class UnitInspection {
  readonly #options: UnitInspectionOptions;
  readonly #run = new SharedRun(() => this.#inspect());
  /** Units that are being stopped and removed for the sake of a file of the host's. */
  readonly #uncovering = new Set<string>();
  #mustEnd: (name: string) => boolean = () => false;

  constructor(options: UnitInspectionOptions) {
    this.#options = options;
  }

  /** See UnitManager.inspect. */
  inspect(mustEnd?: (name: string) => boolean): Promise<void> {
    if (mustEnd) this.#mustEnd = mustEnd;
    return this.#run.run();
  }

  async #inspect(): Promise<void> {
    const { directory, units, isEnabled, searchPath, enable, reload } = this.#options;
    const { hasFile, hasLink, hostsOf } = directory.survey(searchPath());
    for (const { name, text } of [...units.units.values()]) {
      if (text !== "" && !(hasFile(name) && hasLink(name) && isEnabled(name))) units.addOrphan(name);
    }
    for (const [name, file] of hostsOf(units.units)) await this.#yield(name, file);
    const aliases = this.#options.aliases();
    const lost = new Set([...hostsOf(aliases).keys()].map((alias) => aliases.get(alias) ?? ""));
    for (const name of lost) await enable(name);
    if (lost.size > 0) await reload();
  }

  /** A mask of a unit of the cluster's is no unit of the host's; and what systemd has not read is not in force. */
  async #yield(name: string, { path, isHidden }: HostFile): Promise<void> {
    const { directory, units, session, release, log } = this.#options;
    if (isHidden) return this.#uncover(name, path);
    const loaded = await findLoadedUnit(session(), name);
    if (!loaded || ["masked", "not-found"].includes(loaded.loadState)) return;
    if (directory.ownerOf(loaded.fragment) === name) return;
    if (!isStopped(loaded) && this.#mustEnd(name) && (await this.#runsOurs(name, loaded, path))) {
      // It must not run beside its replacement.
      units.addOrphan(name);
      await this.#stop(name);
      const left = await findLoadedUnit(session(), name);
      if (left && !isStopped(left)) return;
    }
    log.warn(TAKEN, { unit: name, file: path });
    release(name);
  }

  /** What runs was started from the cluster's file. Where systemd has no note of that, the time of the start tells. */
  async #runsOurs(name: string, { startedAt }: LoadedUnit, path: string): Promise<boolean> {
    const origin = startedFrom(name);
    if (origin !== undefined) return this.#options.directory.holds(origin, name);
    return startedAt < (await this.#takenAt(path));
  }

  /**
   * Since when systemd has the host's file, milliseconds since the epoch. After each reload that this daemon has seen it
   * has looked whose the names are, so the last one was it.
   */
  async #takenAt(path: string): Promise<number> {
    const { directory, session, openedAt } = this.#options;
    const reloadedAt = await session().unitsLoadedAt();
    return reloadedAt > openedAt ? reloadedAt : directory.changedAt(path);
  }

  /** The cluster's link hides the host's file from systemd, so all of the cluster's unit has to go. */
  #uncover(name: string, path: string): void {
    const { units, remove, reload, log } = this.#options;
    if (this.#uncovering.has(name)) return;
    this.#uncovering.add(name);
    units.addOrphan(name);
    log.warn(TAKEN, { unit: name, file: path });
    const work = async (): Promise<void> => {
      await this.#stop(name);
      // A unit that runs again is stopped at the next inspection.
      if (await remove(name)) await reload();
    };
    work()
      .catch((error: unknown) => log.warn(STUCK, { unit: name, error: messageOf(error) }))
      .finally(() => this.#uncovering.delete(name));
  }

  async #stop(name: string): Promise<void> {
    const { stop, log } = this.#options;
    await stop(name).catch((error: unknown) => log.warn(STUCK, { unit: name, error: messageOf(error) }));
  }
}

const TAKEN = "the host has a unit of its own by the name of one of the cluster's now";

const STUCK = "a unit whose name the host has taken could not be stopped or removed";
