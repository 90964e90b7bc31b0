/**
 * systemd's note of when each timer with Persistent= has last elapsed on this host (systemd.timer(5)): the modification
 * time of a file. Calls are synchronous, so that nothing comes between the note and the start of the timer.
 */
export interface TimerStamps {
  /** When the timer has last elapsed, or was first started, in milliseconds since the epoch; undefined: never here. */
  read(timer: string): number | undefined;
  /** @throws the file system's errors. */
  write(timer: string, at: number): void;
}
