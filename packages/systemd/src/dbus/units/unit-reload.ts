import { isAtRest } from "../../active-state.ts";
import { unitObjectPath } from "../session/object-path.ts";
import { SharedRun } from "../session/shared-run.ts";
import type { SystemdSession } from "../session/systemd-session.ts";
import { isLoadable } from "../session/unit-kind.ts";
import type { UnitTable } from "../session/unit-table.ts";
import type { UnitEnabling } from "./unit-enabling.ts";
import type { UnitPlacement } from "./unit-placement.ts";

export interface UnitReloadParts {
  readonly units: UnitTable;
  readonly placement: Pick<UnitPlacement, "isNew">;
  readonly enabling: Pick<UnitEnabling, "isOutdated" | "outdated" | "reloaded">;
  readonly session: () => SystemdSession;
}

/** daemon-reload: whether it is due, and one run for all callers at the same time. */
export class UnitReload {
  readonly #parts: UnitReloadParts;
  readonly #run = new SharedRun(() => this.#reload());

  constructor(parts: UnitReloadParts) {
    this.#parts = parts;
  }

  /** Resolves when a daemon-reload that began after this call has ended. */
  run(): Promise<void> {
    return this.#run.run();
  }

  /** See UnitManager.needsReload. */
  async isDue(names: readonly string[], signal?: AbortSignal): Promise<boolean> {
    const { placement, enabling, session } = this.#parts;
    const connection = session();
    const answers = names
      .filter((name) => isLoadable(name) && !placement.isNew(name))
      .map((name) => this.#isOutdated(connection, name, signal));
    return names.some((name) => enabling.isOutdated(name)) || (await Promise.all(answers)).includes(true);
  }

  async #isOutdated(session: SystemdSession, name: string, signal?: AbortSignal): Promise<boolean> {
    const path = unitObjectPath(name);
    const isDue = session.property(path, "Unit", "NeedDaemonReload", (due) => due === true, signal);
    const unit = this.#parts.units.units.get(name);
    if (!unit || isAtRest(unit)) return await isDue;
    // For a unit that runs although its file was missing for a while, systemd reports no reload as due.
    const isLost = (state: unknown): boolean => state === "not-found" || state === "error";
    const loadState = session.property(path, "Unit", "LoadState", isLost, signal);
    return (await Promise.all([isDue, loadState])).includes(true);
  }

  async #reload(): Promise<void> {
    const { enabling, session } = this.#parts;
    const { outdated } = enabling;
    await session().manager("Reload", "", [], () => {});
    enabling.reloaded(outdated);
  }
}
