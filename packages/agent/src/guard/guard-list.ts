import type { OwnAssignments } from "@flotilla/registry";
import { type Logger, messageOf, rethrowProgrammingError } from "@flotilla/runtime";
import type { Guard } from "./guard.ts";

export interface GuardListOptions {
  readonly assignments: Pick<OwnAssignments, "all">;
  readonly guard?: Guard | undefined;
  readonly log: Logger;
}

/** Which units of this machine are the guard's business: those whose assignments are exclusive, while they are here. */
export class GuardList {
  readonly #options: GuardListOptions;

  constructor(options: GuardListOptions) {
    this.#options = options;
  }

  /** What is exclusive no more is not to be stopped, nor kept from starting; what is unassigned stays until it is gone. */
  tell(unit: string): void {
    const { assignments, guard } = this.#options;
    const assignment = assignments.all.get(unit);
    if (assignment?.exclusive) guard?.add(unit);
    else if (assignment) guard?.remove(unit);
  }

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
}
