import type { Assignment, UnitState } from "@flotilla/model";
import { type Logger, messageOf, rethrowProgrammingError } from "@flotilla/runtime";
import type { Task } from "../unit/task.ts";
import type { TimerStamps } from "./timer-stamps.ts";

export interface TimerKeeperOptions {
  /** Undefined: timers know only this machine's past. */
  readonly stamps: TimerStamps | undefined;
  readonly assignments: { readonly all: ReadonlyMap<string, Assignment> };
  /** Whether the unit is a timer with Persistent=. */
  readonly isPersistent: (unit: string) => boolean;
  /** The time, milliseconds since the epoch. */
  readonly wall: () => number;
  readonly log: Logger;
}

/**
 * Makes Persistent= of timers (systemd.timer(5)) mean across machines what it means on one: a run that was missed while the
 * timer moved is made up for, and one that was made elsewhere is not repeated.
 */
export class TimerKeeper {
  readonly #options: TimerKeeperOptions;

  constructor(options: TimerKeeperOptions) {
    this.#options = options;
  }

  /** Returns the state with the time at which the timer has last elapsed. */
  added(unit: string, state: UnitState | undefined): UnitState | undefined {
    const { stamps, isPersistent } = this.#options;
    if (!state || !stamps || !isPersistent(unit)) return state;
    const triggeredAt = this.#read(stamps, unit);
    return triggeredAt === undefined ? state : { ...state, triggeredAt };
  }

  /**
   * Must be called before each task: tells systemd, before it starts a timer, when the timer has last elapsed anywhere. The
   * time is never in the future, because systemd would ignore it.
   */
  prepare({ type, unit }: Pick<Task, "type" | "unit">): void {
    const { stamps, assignments, isPersistent, wall, log } = this.#options;
    if ((type !== "start" && type !== "restart") || !stamps || !isPersistent(unit)) return;
    const known = Math.min(assignments.all.get(unit)?.triggeredAt ?? 0, wall());
    if (known <= (this.#read(stamps, unit) ?? 0)) return;
    try {
      stamps.write(unit, known);
    } catch (error) {
      rethrowProgrammingError(error);
      log.error("cannot tell systemd when a timer has last elapsed; a missed run is not made up for", {
        unit,
        error: messageOf(error),
      });
    }
  }

  #read(stamps: TimerStamps, unit: string): number | undefined {
    try {
      return stamps.read(unit);
    } catch (error) {
      rethrowProgrammingError(error);
      return undefined;
    }
  }
}
