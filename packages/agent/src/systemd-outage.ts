import type { Logger } from "@flotilla/runtime";
import { type UnitManager, UnitManagerUnavailableError } from "@flotilla/systemd";

/** That systemd cannot be reached, said once and not for each unit. */
export class SystemdOutage {
  readonly #manager: Pick<UnitManager, "connected">;
  readonly #log: Logger;
  #lasts = false;

  constructor({ manager, log }: { readonly manager: Pick<UnitManager, "connected">; readonly log: Logger }) {
    this.#manager = manager;
    this.#log = log;
  }

  /** Takes in why work for a unit has failed. */
  note(error: unknown): void {
    if (!(error instanceof UnitManagerUnavailableError) || this.#lasts) return;
    this.#lasts = true;
    this.#log.warn("systemd cannot be reached; its units run on", { error: error.message });
  }

  /** True once after each outage: systemd can be reached again. */
  isJustOver(): boolean {
    if (!this.#lasts || !this.#manager.connected) return false;
    this.#lasts = false;
    this.#log.info("systemd can be reached again");
    return true;
  }
}
