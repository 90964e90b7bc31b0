/**
 * Stops this machine's exclusive units when its lease ends, even if this daemon is dead or hangs. The guard is a
 * separate systemd service (units/fleet-guard.service). Times are milliseconds on CLOCK_BOOTTIME, which also runs while
 * the host sleeps.
 *
 * Calls are synchronous, like those of the launch records: a unit is on the list before systemd is asked to start it.
 */
export interface Guard {
  now(): number;
  /** Time until which units may run; 0 before the first extension. */
  readonly deadline: number;
  /** Sets the deadline; 0 stops the units now. */
  setDeadline(until: number): void;
  /** The units on the guard's list. */
  readonly units: ReadonlySet<string>;
  /**
   * The units that the guard stopped because they were up at the deadline, until `forgetStop` is called for them.
   * Undefined if the running version of the guard does not record stops.
   */
  readonly stopped: ReadonlySet<string> | undefined;
  /** Drops the record of a stop, once the unit must start again or runs again. */
  forgetStop(unit: string): void;
  /** Adds the unit to the list, or restores the files of a listed unit. */
  add(unit: string): void;
  /** Whether the unit is on the list and all its files are unchanged. */
  isIntact(unit: string): boolean;
  remove(unit: string): void;
  /** Whether the guard runs: it has checked lately. */
  readonly isAlive: boolean;
  /** Whether the guard runs and allows starts. */
  readonly allowsStart: boolean;
}

/** The units that the guard may have stopped: what it recorded, or else all that it had to stop at a passed deadline. */
export function stoppedBy(guard: Guard): Iterable<string> {
  return guard.stopped ?? (guard.now() < guard.deadline ? [] : guard.units);
}
