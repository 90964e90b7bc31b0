import { type Logger, messageOf } from "@flotilla/runtime";
import { findLoadedUnit, isStopped, type LoadedUnit } from "./loaded-unit.ts";
import type { SystemdSession } from "../session/systemd-session.ts";
import type { UnitDirectory } from "./unit-directory.ts";
import type { UnitPlacement } from "./unit-placement.ts";
import type { UnitTable } from "../session/unit-table.ts";
import { unlessRefused } from "../session/unless-refused.ts";

export interface UnitRemovalOptions {
  readonly directory: UnitDirectory;
  readonly units: UnitTable;
  readonly placement: Pick<UnitPlacement, "remove">;
  readonly session: () => SystemdSession;
  /** Directories that systemd searches for unit files. */
  readonly searchPath: () => readonly string[];
  /** Removes the links of the unit's [Install] section. */
  readonly disable: (name: string) => void;
  /** daemon-reload; resolves when one that began after the call has ended. */
  readonly reload: () => Promise<void>;
  /** Takes in what systemd shows of a unit that is in the table. */
  readonly list: (name: string, signal?: AbortSignal) => Promise<void>;
  readonly log: Logger;
}

/**
 * Removes units so that systemd cannot start them any more.
 *
 * systemd forgets a unit that is stopped and that no other unit refers to; without its link it cannot be loaded again,
 * and nothing more is to be done. A unit that a timer, a socket, a target or any other loaded unit refers to stays in
 * memory, and systemd would start it from there. So systemd reads its files again before the unit is looked at: what
 * shows as stopped then stays so.
 *
 * What systemd finds is the unit's file with an assertion that never holds (`UnitDirectory.bar`): a unit that was
 * started meanwhile still stops by its own ExecStop=, and a timer goes on for when the unit is back. A socket or path
 * would try again at once, for ever where TriggerLimitBurst= is 0: for their units systemd finds no file, which ends
 * the socket or path at its next event (docs/decisions/0030-removed-means-not-startable.md).
 */
export class UnitRemoval {
  readonly #options: UnitRemovalOptions;
  /** Units that systemd does not start, by the files that it has read. */
  readonly #sealed = new Set<string>();
  /** Units that a socket or path started again while they were being removed. */
  readonly #startedAgain = new Set<string>();

  constructor(options: UnitRemovalOptions) {
    this.#options = options;
  }

  /** See UnitManager.remove. */
  async remove(name: string, signal?: AbortSignal): Promise<boolean> {
    const { units, session } = this.#options;
    session();
    if (!units.units.has(name) && !(await this.#adopt(name, signal))) return true;
    try {
      if (!(await this.#isOver(name, signal))) return false;
    } catch (error) {
      // Its link may be gone by now: it counts as in place no more.
      units.addOrphan(name);
      throw error;
    }
    this.release(name);
    return true;
  }

  /** The unit has a file again. */
  written(name: string): void {
    this.#sealed.delete(name);
    this.#startedAgain.delete(name);
  }

  /** Takes in a unit of the cluster whose link and file somebody has deleted; false when systemd has none from there. */
  async #adopt(name: string, signal?: AbortSignal): Promise<boolean> {
    const { directory, units, list } = this.#options;
    const loaded = await this.#find(name, signal);
    if (!loaded || !directory.holds(loaded.fragment, name) || directory.isTaken(name)) return false;
    units.addOrphan(name);
    await list(name, signal);
    return true;
  }

  async #isOver(name: string, signal?: AbortSignal): Promise<boolean> {
    const { directory, units, reload, disable } = this.#options;
    if (!this.#sealed.has(name)) {
      disable(name);
      // A link of somebody else's leads to the file still, for as long as that is there.
      if (directory.isLinkedElsewhere(name, this.#options.searchPath())) this.#bar(name);
      else directory.unlink(name);
      const loaded = await this.#findOurs(name, signal);
      if (!loaded) return true;
      units.addOrphan(name);
      const canBeBarred = !loaded.triggeredBy.some((trigger) => /\.(socket|path)$/.test(trigger));
      if (canBeBarred) this.#bar(name);
      else if (!isStopped(loaded) && !this.#startedAgain.has(name)) {
        // It can still be stopped by its own ExecStop=, once more.
        this.#startedAgain.add(name);
        return false;
      }
      await reload();
      this.#sealed.add(name);
    }
    const left = await this.#findOurs(name, signal);
    return !left || isStopped(left);
  }

  #bar(name: string): void {
    const { directory, log } = this.#options;
    try {
      directory.bar(name);
    } catch (error) {
      // Without a file systemd does not start it either, but ends what runs of it without its ExecStop=.
      log.warn("a unit that is being removed has no file any more", { unit: name, error: messageOf(error) });
    }
  }

  /** What systemd has loaded from our file, or runs of it although the file is gone or masked; undefined for nothing. */
  async #findOurs(name: string, signal?: AbortSignal): Promise<LoadedUnit | undefined> {
    const loaded = await this.#find(name, signal);
    if (!loaded) return undefined;
    if (loaded.loadState === "not-found" || loaded.loadState === "masked")
      return isStopped(loaded) ? undefined : loaded;
    return this.#options.directory.holds(loaded.fragment, name) ? loaded : undefined;
  }

  /** A failed unit stays in memory until its failure is cleared. */
  async #find(name: string, signal?: AbortSignal): Promise<LoadedUnit | undefined> {
    const session = this.#options.session();
    const loaded = await findLoadedUnit(session, name, signal);
    if (loaded?.activeState !== "failed") return loaded;
    await unlessRefused(session.manager("ResetFailedUnit", "s", [name], () => {}, signal));
    return findLoadedUnit(session, name, signal);
  }

  /** Removes all that there is of the cluster's unit on the disk, and the unit from the table; systemd is not asked. */
  release(name: string): void {
    this.#options.disable(name);
    this.#options.placement.remove(name);
    this.#options.units.remove(name);
    this.written(name);
  }
}
