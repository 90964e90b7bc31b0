import type { Logger } from "@flotilla/runtime";
import { type JobResult, type UnitControl, type UnitManager, UnitManagerRefusedError } from "@flotilla/systemd";
import { parseUnitFile, secretUseOf } from "@flotilla/unit";
import type { SecretKeeper } from "../secrets/secret-keeper.ts";

export interface UnitSecretsOptions {
  readonly manager: Pick<UnitManager, "list"> & Pick<UnitControl, "reloadUnit">;
  readonly secrets: SecretKeeper;
  readonly log: Logger;
}

/** The part of the executor that gives units their secrets. */
export class UnitSecrets {
  readonly #options: UnitSecretsOptions;

  constructor(options: UnitSecretsOptions) {
    this.#options = options;
  }

  /**
   * Reads the secrets that a unit's file names, and keeps copies.
   * @param text the file; default the installed file.
   * @throws SecretError; an OutageError; UnitFileError for an unreadable text.
   */
  async fetch(unit: string, text: string | undefined, signal: AbortSignal): Promise<void> {
    const { manager, secrets } = this.#options;
    const { names } = secretUseOf(unit, parseUnitFile(text ?? manager.list().get(unit)?.text ?? "").options);
    if (names.length > 0) await secrets.fetch(unit, names, signal);
    else secrets.forget(unit);
  }

  /** Makes a running unit reload. A failure is logged only: the unit keeps running, and a repetition may fail too. */
  async reload(unit: string, signal: AbortSignal): Promise<void> {
    const { result, message } = await this.#reload(unit, signal);
    if (result !== "done")
      this.#options.log.warn("a unit did not reload for its new secret", { unit, result, error: message });
  }

  forget(unit: string): void {
    this.#options.secrets.forget(unit);
  }

  async #reload(unit: string, signal: AbortSignal): Promise<JobResult> {
    try {
      return await this.#options.manager.reloadUnit(unit, signal);
    } catch (error) {
      if (!(error instanceof UnitManagerRefusedError)) throw error;
      return { result: "refused", message: error.message };
    }
  }
}
