import { setImmediate } from "node:timers/promises";
import type { UnitManager } from "@flotilla/systemd";

/** Gathers the units whose files have changed, so that one daemon-reload serves all of them. */
export class ReloadBatch {
  readonly #manager: Pick<UnitManager, "needsReload" | "reload">;
  #last: Promise<void> = Promise.resolve();
  #next: { readonly units: string[]; readonly done: Promise<void> } | undefined;

  constructor(manager: Pick<UnitManager, "needsReload" | "reload">) {
    this.#manager = manager;
  }

  /**
   * Resolves when systemd knows the file that is in place now.
   * @throws a UnitManagerError
   */
  settle(unit: string): Promise<void> {
    this.#next ??= this.#gather();
    this.#next.units.push(unit);
    return this.#next.done;
  }

  /** The next batch closes once the one before it is through, and those who are about to join have. */
  #gather(): { units: string[]; done: Promise<void> } {
    const units: string[] = [];
    const done = this.#last.then(async () => {
      await setImmediate();
      this.#next = undefined;
      if (await this.#manager.needsReload(units)) await this.#manager.reload();
    });
    this.#last = done.catch(() => {});
    return { units, done };
  }
}
