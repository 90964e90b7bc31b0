import type { Logger } from "@flotilla/runtime";
import { type UnitManager, UnitManagerUnavailableError } from "@flotilla/systemd";

/** Logs an outage of systemd once, not for each unit. */
export class SystemdOutage {
  readonly #manager: Pick<UnitManager, "connected">;
  readonly #log: Logger;
  #lasts = false;

  constructor({ manager, log }: { readonly manager: Pick<UnitManager, "connected">; readonly log: Logger }) {
    this.#manager = manager;
    this.#log = log;
  }

  /** Notes the error of a failed task. */
  note(error: unknown): void {
    if (!(error instanceof UnitManagerUnavailableError) || this.#lasts) return;
    this.#lasts = true;
    this.#log.warn("cannot reach systemd; its units keep running", { error: error.message });
  }

  /** Whether systemd can be reached again; true once after each outage. */
  isJustOver(): boolean {
    if (!this.#lasts || !this.#manager.connected) return false;
    this.#lasts = false;
    this.#log.info("systemd can be reached again");
    return true;
  }
}
