import type { ChangedProperties } from "../wire/property-signal.ts";
import type { UnitTable } from "./unit-table.ts";

export interface FailureConfirmationParts {
  readonly units: UnitTable;
  /** Asks systemd for the unit's state and stores the answer in the table. */
  readonly list: (name: string) => Promise<void>;
}

/**
 * Keeps momentary failures out of the table.
 *
 * A service that systemd is about to restart is `failed` for a moment, within one step of systemd's event loop
 * (service_enter_dead), before it is `activating (auto-restart)`; systemd 254 and later call that moment
 * `failed-before-auto-restart`. systemd answers calls only between two steps, so an answer, unlike a signal, confirms a
 * failure.
 */
export class FailureConfirmation {
  readonly #parts: FailureConfirmationParts;
  /** Units that a signal has shown as failed, until systemd has said whether they still are. */
  readonly #confirming = new Map<string, Promise<void>>();
  /** Units that have failed since systemd was asked about their last failure. */
  readonly #failedAgain = new Set<string>();

  constructor(parts: FailureConfirmationParts) {
    this.#parts = parts;
  }

  /** Returns the change without a failure, and asks systemd to confirm the failure. */
  withoutFailure(name: string, changed: ChangedProperties): ChangedProperties {
    const isKnown = this.#parts.units.units.get(name)?.activeState === "failed";
    if (changed["ActiveState"] !== "failed" || isKnown) return changed;
    if (this.#confirming.has(name)) this.#failedAgain.add(name);
    else this.#confirming.set(name, this.#confirm(name));
    const { Result, Job } = changed;
    return { ...(Result !== undefined && { Result }), ...(Job !== undefined && { Job }) };
  }

  /** Resolves when no failure of the unit waits for confirmation, so that the table has the unit's state. */
  async confirmed(name: string): Promise<void> {
    await this.#confirming.get(name);
  }

  /**
   * Asks again when the unit has failed meanwhile, because the answer is older than that failure. When the connection is
   * lost, the listing of the next connection has the state.
   */
  async #confirm(name: string): Promise<void> {
    do {
      this.#failedAgain.delete(name);
      await this.#parts.list(name).catch(() => {});
    } while (this.#failedAgain.has(name));
    // In the same step as the condition, so that no failure comes between the two.
    this.#confirming.delete(name);
  }
}
