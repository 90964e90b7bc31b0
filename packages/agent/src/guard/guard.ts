/**
 * What stops this machine's exclusive units when its lease is over, whatever has become of this daemon: a service of
 * systemd's own (units/fleet-guard.service). Times are of the clock that goes on while the host sleeps
 * (CLOCK_BOOTTIME), in milliseconds.
 *
 * The calls are synchronous, like those of the launch records: a unit is on the list before systemd is asked for it.
 */
export interface Guard {
  now(): number;
  /** Until when units are let run; 0 before the first time. */
  readonly deadline: number;
  /** Lets units run until then, counted from when what grants it was asked for; 0: they are to stop now. */
  holdOff(until: number): void;
  /** The units that it stops. */
  readonly units: ReadonlySet<string>;
  /**
   * The units that were up when their time was over, so that it stopped them; until `forgetStop`. Undefined when the
   * guard at work is of a version that leaves no word of that.
   */
  readonly stopped: ReadonlySet<string> | undefined;
  /** The unit is to be started again, or is up again. */
  forgetStop(unit: string): void;
  /** Puts the unit on the list, or back on it where somebody has removed what is there of it. */
  add(unit: string): void;
  /** It is on the list with all that belongs to that. */
  isWhole(unit: string): boolean;
  remove(unit: string): void;
  /** It has looked lately. */
  readonly isAtWork: boolean;
  /** It is at work, and lets units start. */
  readonly letsRun: boolean;
}
