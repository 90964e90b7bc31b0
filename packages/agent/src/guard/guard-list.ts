import type { OwnAssignments } from "@flotilla/registry";
import { type Logger, messageOf, rethrowProgrammingError } from "@flotilla/runtime";
import { type Guard, stoppedBy } from "./guard.ts";

export interface GuardListOptions {
  readonly assignments: Pick<OwnAssignments, "all">;
  readonly guard?: Guard | undefined;
  /** The unit that this one triggers, if its file names one. */
  readonly triggeredBy: (unit: string) => string | undefined;
  /** Called for a unit that the guard has stopped, or is stopping, and that stays here without the guard. */
  readonly onStopped: (unit: string) => void;
  readonly log: Logger;
}

const NOT_RUNNING =
  "cannot start exclusive units on this machine: fleet-guard.service does not run; start it with systemctl start fleet-guard";

/**
 * The guarded units of this machine: units with an exclusive assignment, and the timers, paths and sockets that trigger
 * them. Without the guard, such a trigger would keep failing to start its unit after the deadline.
 */
export class GuardList {
  readonly #options: GuardListOptions;

  constructor(options: GuardListOptions) {
    this.#options = options;
  }

  /** Whether the guard must stop the unit when the machine's lease ends, and keep it from starting until then. */
  isGuarded(unit: string): boolean {
    return this.#isExclusive(unit) || this.#isExclusive(this.#options.triggeredBy(unit));
  }

  /**
   * Adds a guarded unit to the guard's list, and removes one that is no longer guarded. An unassigned unit stays on the
   * list until it is gone.
   */
  update(unit: string): void {
    const { assignments, guard, log } = this.#options;
    if (this.isGuarded(unit)) {
      if (this.has(unit) && !guard?.isIntact(unit))
        log.warn("the guard's files for a unit were changed by hand; restoring them", { unit });
      // mutation: guarded unit listed
      guard?.add(unit);
    } else if (assignments.all.has(unit) && this.has(unit)) this.#release(unit);
  }

  /** Whether `update` would change the list or the unit's drop-ins. */
  isOutdated(unit: string): boolean {
    const { assignments, guard } = this.#options;
    if (!guard || !assignments.all.has(unit)) return false;
    return this.isGuarded(unit) ? !guard.isIntact(unit) : guard.units.has(unit);
  }

  /** Whether the unit is on the guard's list. */
  has(unit: string): boolean {
    return this.#options.guard?.units.has(unit) === true;
  }

  remove(unit: string): void {
    this.#options.guard?.remove(unit);
  }

  /** Removes a unit that is gone from the list. A failure is retried at the next pass. */
  forget(unit: string): void {
    const { guard, log } = this.#options;
    if (!guard?.units.has(unit)) return;
    try {
      guard.remove(unit);
    } catch (error) {
      rethrowProgrammingError(error);
      log.error("cannot remove a unit that is gone from the guard's list", { unit, error: messageOf(error) });
    }
  }

  /** Whether the unit is on the list of a running guard whose deadline has not passed. */
  isArmed(unit: string): boolean {
    const { guard } = this.#options;
    // The list is checked first: other checks read files, and most units are not exclusive.
    return guard?.units.has(unit) === true && guard.allowsStart && guard.now() < guard.deadline;
  }

  /** Whether the guard allows the unit to run. */
  mayRun(unit: string): boolean {
    return !this.isGuarded(unit) || this.isArmed(unit);
  }

  /** Why the guard will not allow the unit to start for the time being; empty if it may. */
  problemOf(unit: string): string {
    const { guard } = this.#options;
    if (!this.isGuarded(unit)) return "";
    if (!guard) return "cannot start exclusive units here: a daemon of a user has no guard";
    return guard.isAlive ? "" : NOT_RUNNING;
  }

  /** Whether the guard keeps the unit from running: it then caused a failed start. */
  isBlocked(unit: string): boolean {
    return this.has(unit) && !this.isArmed(unit);
  }

  /** The record of a stop goes with the unit's place on the list, so the unit must be started again first. */
  #release(unit: string): void {
    const { guard, onStopped } = this.#options;
    if (!guard) return;
    // Also while it is up: its stop may still be under way.
    if (new Set(stoppedBy(guard)).has(unit)) onStopped(unit);
    guard.remove(unit);
  }

  #isExclusive(unit: string | undefined): boolean {
    return unit !== undefined && this.#options.assignments.all.get(unit)?.exclusive === true;
  }
}
