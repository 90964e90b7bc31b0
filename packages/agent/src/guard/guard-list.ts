import type { OwnAssignments } from "@flotilla/registry";
import { type Logger, messageOf, rethrowProgrammingError } from "@flotilla/runtime";
import type { Guard } from "./guard.ts";

export interface GuardListOptions {
  readonly assignments: Pick<OwnAssignments, "all">;
  readonly guard?: Guard | undefined;
  /** The unit that this one triggers, as far as its file says so. */
  readonly triggeredBy: (unit: string) => string | undefined;
  readonly log: Logger;
}

const NOT_AT_WORK =
  "fleet-guard.service is not at work on this machine, so exclusive units are not started here: systemctl start fleet-guard";

/**
 * Which units of this machine are the guard's business, while they are here: those whose assignments are exclusive, and
 * the timers, paths and sockets that trigger them, which would have systemd try in vain to start them.
 */
export class GuardList {
  readonly #options: GuardListOptions;

  constructor(options: GuardListOptions) {
    this.#options = options;
  }

  /** The guard is to stop the unit when the machine's lease is over, and to keep it from starting until then. */
  isGuarded(unit: string): boolean {
    return this.#isExclusive(unit) || this.#isExclusive(this.#options.triggeredBy(unit));
  }

  /** What is guarded no more is not to be stopped, nor kept from starting; what is unassigned stays until it is gone. */
  tell(unit: string): void {
    const { assignments, guard, log } = this.#options;
    if (this.isGuarded(unit)) {
      if (this.has(unit) && !guard?.isWhole(unit))
        log.warn("somebody has changed the guard's files of a unit; they are put back", { unit });
      // mutation: guarded unit listed
      guard?.add(unit);
    } else if (assignments.all.has(unit)) guard?.remove(unit);
  }

  /** `tell` would change the list, or the unit's drop-ins. */
  isBehind(unit: string): boolean {
    const { assignments, guard } = this.#options;
    if (!guard || !assignments.all.has(unit)) return false;
    return this.isGuarded(unit) ? !guard.isWhole(unit) : guard.units.has(unit);
  }

  /** The guard has it on its list, whatever is to become of it. */
  has(unit: string): boolean {
    return this.#options.guard?.units.has(unit) === true;
  }

  remove(unit: string): void {
    this.#options.guard?.remove(unit);
  }

  /** Nothing of it is here any more, also if a daemon died over that. What fails is tried again at the next pass. */
  forget(unit: string): void {
    const { guard, log } = this.#options;
    if (!guard?.units.has(unit)) return;
    try {
      guard.remove(unit);
    } catch (error) {
      rethrowProgrammingError(error);
      log.error("a unit that is gone stays on the guard's list", { unit, error: messageOf(error) });
    }
  }

  /** The guard has it on its list, is at work, and is not about to stop it. */
  isWatched(unit: string): boolean {
    const { guard } = this.#options;
    // The list first: to ask the guard is to read files, and most units are not exclusive.
    return guard?.units.has(unit) === true && guard.letsRun && guard.now() < guard.deadline;
  }

  /** The guard does not keep the unit from starting. */
  mayRun(unit: string): boolean {
    return !this.isGuarded(unit) || this.isWatched(unit);
  }

  /** For people: why the guard will not let the unit start however long that waits; empty when it may. */
  problemOf(unit: string): string {
    const { guard } = this.#options;
    if (!this.isGuarded(unit)) return "";
    if (!guard) return "A user's own daemon has no guard, so exclusive units are not started here.";
    return guard.isAtWork ? "" : NOT_AT_WORK;
  }

  /** The guard keeps the unit from running: a start that failed was its doing. */
  isShut(unit: string): boolean {
    return this.has(unit) && !this.isWatched(unit);
  }

  #isExclusive(unit: string | undefined): boolean {
    return unit !== undefined && this.#options.assignments.all.get(unit)?.exclusive === true;
  }
}
