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
  add(unit: string): void;
  remove(unit: string): void;
  /** It is at work, and lets units start. */
  readonly letsRun: boolean;
}
