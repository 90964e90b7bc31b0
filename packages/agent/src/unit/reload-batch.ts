import { setImmediate } from "node:timers/promises";
import type { UnitManager } from "@flotilla/systemd";

/** Batches units with changed files, so that one daemon-reload serves all of them. */
export class ReloadBatch {
  readonly #manager: Pick<UnitManager, "needsReload" | "reload">;
  #last: Promise<void> = Promise.resolve();
  #next: Batch | undefined;

  constructor(manager: Pick<UnitManager, "needsReload" | "reload">) {
    this.#manager = manager;
  }

  /**
   * Resolves when systemd has read the installed file.
   *
   * @param isForced forces the reload: systemd does not notice changed drop-ins in a new directory.
   * @throws a UnitManagerError
   */
  request(unit: string, isForced: boolean): Promise<void> {
    this.#next ??= this.#gather();
    this.#next.units.push(unit);
    this.#next.isForced ||= isForced;
    return this.#next.done;
  }

  /** A batch closes after the previous one is done, and after concurrent callers have joined. */
  #gather(): Batch {
    const batch: Omit<Batch, "done"> = { units: [], isForced: false };
    const done = this.#last.then(async () => {
      await setImmediate();
      this.#next = undefined;
      if (batch.isForced || (await this.#manager.needsReload(batch.units))) await this.#manager.reload();
    });
    this.#last = done.catch(() => {});
    return Object.assign(batch, { done });
  }
}

interface Batch {
  readonly units: string[];
  isForced: boolean;
  readonly done: Promise<void>;
}
