import { setImmediate } from "node:timers/promises";
import type { UnitManager } from "@flotilla/systemd";

/** Gathers the units whose files have changed, so that one daemon-reload serves all of them. */
export class ReloadBatch {
  readonly #manager: Pick<UnitManager, "needsReload" | "reload">;
  #last: Promise<void> = Promise.resolve();
  #next: Batch | undefined;

  constructor(manager: Pick<UnitManager, "needsReload" | "reload">) {
    this.#manager = manager;
  }

  /**
   * Resolves when systemd knows the file that is in place now.
   * @param isDue systemd need not be asked: it does not see that drop-ins have come or gone in a directory that is new.
   * @throws a UnitManagerError
   */
  settle(unit: string, isDue: boolean): Promise<void> {
    this.#next ??= this.#gather();
    this.#next.units.push(unit);
    this.#next.isDue ||= isDue;
    return this.#next.done;
  }

  /** The next batch closes once the one before it is through, and those who are about to join have. */
  #gather(): Batch {
    const batch: Omit<Batch, "done"> = { units: [], isDue: false };
    const done = this.#last.then(async () => {
      await setImmediate();
      this.#next = undefined;
      if (batch.isDue || (await this.#manager.needsReload(batch.units))) await this.#manager.reload();
    });
    this.#last = done.catch(() => {});
    return Object.assign(batch, { done });
  }
}

interface Batch {
  readonly units: string[];
  isDue: boolean;
  readonly done: Promise<void>;
}
