import { type Logger, messageOf } from "@flotilla/runtime";
import { findLoadedUnit, isStopped } from "./loaded-unit.ts";
import { SharedRun } from "./shared-run.ts";
import type { SystemdSession } from "./systemd-session.ts";
import type { UnitDirectory } from "./unit-directory.ts";
import type { UnitTable } from "./unit-table.ts";

export interface UnitInspectionOptions {
  readonly directory: UnitDirectory;
  readonly units: UnitTable;
  readonly session: () => SystemdSession;
  /** Directories that systemd searches for unit files, the first found wins (systemd.unit(5)). */
  readonly searchPath: () => readonly string[];
  /** False when a link that the unit's [Install] section asked for is missing. */
  readonly isEnabled: (name: string) => boolean;
  /** Asks systemd to stop a unit. */
  readonly stop: (name: string) => Promise<unknown>;
  /** Removes all that there is of the cluster's unit on the disk, and the unit from the table. */
  readonly release: (name: string) => void;
  readonly log: Logger;
}

/**
 * Finds what others have done to the cluster's units on the disk: a file or link that is gone makes the unit one that
 * is not in place, and a name for which systemd has loaded a file of the host's own is the host's from then on.
 */
export class UnitInspection {
  readonly #options: UnitInspectionOptions;
  readonly #run = new SharedRun(() => this.#inspect());
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
    const { directory, units, isEnabled, searchPath } = this.#options;
    const { hasFile, hasLink, hostsOf } = directory.survey(searchPath());
    for (const { name, text } of [...units.units.values()]) {
      if (text !== "" && !(hasFile(name) && hasLink(name) && isEnabled(name))) units.addOrphan(name);
    }
    for (const [name, path] of hostsOf(units.units)) await this.#yield(name, path);
  }

  /** A mask of a unit of the cluster's is no unit of the host's; and what systemd has not read is not in force. */
  async #yield(name: string, path: string): Promise<void> {
    const { directory, units, session, stop, release, log } = this.#options;
    const loaded = await findLoadedUnit(session(), name);
    if (!loaded || ["masked", "not-found"].includes(loaded.loadState)) return;
    if (directory.ownerOf(loaded.fragment) === name) return;
    if (!isStopped(loaded) && this.#mustEnd(name) && loaded.startedAt < directory.changedAt(path)) {
      // What runs was started from the cluster's file, and must not run beside its replacement.
      units.addOrphan(name);
      await stop(name).catch((error: unknown) => {
        log.warn("a unit whose name the host has taken could not be stopped", { unit: name, error: messageOf(error) });
      });
      const left = await findLoadedUnit(session(), name);
      if (left && !isStopped(left)) return;
    }
    log.warn("the host has a unit of its own in the place of one of the cluster's now", { unit: name, file: path });
    release(name);
  }
}
