import { type Logger, messageOf } from "@flotilla/runtime";
import { findLoadedUnit, isStopped, type LoadedUnit } from "./loaded-unit.ts";
import type { SystemdSession } from "../session/systemd-session.ts";
import type { UnitDirectory } from "./unit-directory.ts";
import type { UnitPlacement } from "./unit-placement.ts";
import type { UnitTable } from "../session/unit-table.ts";
import { unlessRefused } from "../session/unless-refused.ts";

export interface UnitRemovalParts {
  readonly directory: UnitDirectory;
  readonly units: UnitTable;
  readonly placement: Pick<UnitPlacement, "remove">;
  readonly session: () => SystemdSession;
  /** Directories that systemd searches for unit files. */
  readonly searchPath: () => readonly string[];
  /** Removes the links of the unit's [Install] section. */
  readonly disable: (name: string) => void;
  /** Runs daemon-reload; resolves when a run that began after the call has ended. */
  readonly reload: () => Promise<void>;
  /** Asks systemd for the state of a unit that is in the table, and stores the answer there. */
  readonly list: (name: string, signal?: AbortSignal) => Promise<void>;
  readonly log: Logger;
}

/**
 * Removes units so that systemd can no longer start them (docs/decisions/0030-removed-means-not-startable.md).
 *
 * systemd forgets a stopped unit that no other unit refers to. Without its link systemd cannot load such a unit again,
 * which completes the removal. A unit that a timer, a socket, a target or another loaded unit refers to stays in
 * memory, and systemd could start it from there. For such a unit systemd must read its files again first: if the unit
 * is stopped after that, it stays stopped.
 *
 * At that reload systemd finds the unit's file with an assertion that never holds (`UnitDirectory.forbidStart`). A unit
 * that was started meanwhile still stops by its own ExecStop=, and the unit's timer stays active, so that it works
 * again when the unit comes back. A socket or path would retry the refused start at once, and endlessly where
 * TriggerLimitBurst= is 0. For a unit with a socket or path, systemd therefore finds no file, and the socket or path
 * fails at its next event.
 */
export class UnitRemoval {
  readonly #parts: UnitRemovalParts;
  /** Units that systemd cannot start according to the files that it has read. */
  readonly #unstartable = new Set<string>();
  /** Units that a socket or path has started again during their removal. */
  readonly #startedAgain = new Set<string>();

  constructor(parts: UnitRemovalParts) {
    this.#parts = parts;
  }

  /** See UnitManager.remove. */
  async remove(name: string, signal?: AbortSignal): Promise<boolean> {
    const { units, session } = this.#parts;
    session();
    if (!units.units.has(name) && !(await this.#adopt(name, signal))) return true;
    try {
      if (!(await this.#isOver(name, signal))) return false;
    } catch (error) {
      // The link may be gone by now.
      units.addOrphan(name);
      throw error;
    }
    this.release(name);
    return true;
  }

  /** Notes that the unit has a file again. */
  written(name: string): void {
    this.#unstartable.delete(name);
    this.#startedAgain.delete(name);
  }

  /**
   * Adds a unit of the cluster to the table after another process has deleted the unit's link and file.
   * @returns false when systemd has not loaded such a unit.
   */
  async #adopt(name: string, signal?: AbortSignal): Promise<boolean> {
    const { directory, units, list } = this.#parts;
    const loaded = await this.#find(name, signal);
    if (!loaded || !directory.holds(loaded.fragment, name) || directory.isTaken(name)) return false;
    units.addOrphan(name);
    await list(name, signal);
    return true;
  }

  async #isOver(name: string, signal?: AbortSignal): Promise<boolean> {
    const { directory, units, reload, disable } = this.#parts;
    if (!this.#unstartable.has(name)) {
      disable(name);
      // An administrator's link leads to the file as long as the file exists.
      if (directory.isLinkedElsewhere(name, this.#parts.searchPath())) this.#forbidStart(name);
      else directory.unlink(name);
      const loaded = await this.#findOurs(name, signal);
      if (!loaded) return true;
      units.addOrphan(name);
      const retriesAtOnce = loaded.triggeredBy.some((trigger) => /\.(socket|path)$/.test(trigger));
      if (!retriesAtOnce) this.#forbidStart(name);
      else if (!isStopped(loaded) && !this.#startedAgain.has(name)) {
        // The caller can stop it once more by its own ExecStop=.
        this.#startedAgain.add(name);
        return false;
      }
      await reload();
      this.#unstartable.add(name);
    }
    const left = await this.#findOurs(name, signal);
    return !left || isStopped(left);
  }

  #forbidStart(name: string): void {
    const { directory, log } = this.#parts;
    try {
      directory.forbidStart(name);
    } catch (error) {
      // Without a file systemd cannot start the unit either, but stops its processes without its ExecStop=.
      log.warn("cannot write the file of a unit that is being removed; systemd will stop it without its ExecStop=", {
        unit: name,
        error: messageOf(error),
      });
    }
  }

  /** The unit if systemd has loaded it from the cluster's file, or runs it although the file is gone or masked. */
  async #findOurs(name: string, signal?: AbortSignal): Promise<LoadedUnit | undefined> {
    const loaded = await this.#find(name, signal);
    if (!loaded) return undefined;
    if (loaded.loadState === "not-found" || loaded.loadState === "masked")
      return isStopped(loaded) ? undefined : loaded;
    return this.#parts.directory.holds(loaded.fragment, name) ? loaded : undefined;
  }

  /** Finds the unit in systemd's memory. A failed unit would stay there, so its failure is cleared first. */
  async #find(name: string, signal?: AbortSignal): Promise<LoadedUnit | undefined> {
    const session = this.#parts.session();
    const loaded = await findLoadedUnit(session, name, signal);
    if (loaded?.activeState !== "failed") return loaded;
    await unlessRefused(session.manager("ResetFailedUnit", "s", [name], () => {}, signal));
    return findLoadedUnit(session, name, signal);
  }

  /** Removes the cluster's unit from the disk and from the table without asking systemd. */
  release(name: string): void {
    this.#parts.disable(name);
    this.#parts.placement.remove(name);
    this.#parts.units.remove(name);
    this.written(name);
  }
}
