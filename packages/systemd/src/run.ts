/**
 * A service's present or last run as systemd shows it (org.freedesktop.systemd1(5)). Times are milliseconds since the
 * epoch by the host's clock; 0: not yet, or never.
 */
export interface RunFacts {
  /** InvocationID, 32 hexadecimal digits. */
  readonly invocation: string;
  /** When the unit began to start, and when it became inactive or failed after that. */
  readonly activatedAt: number;
  readonly deactivatedAt: number;
  /** When the latest main process began and ended. */
  readonly mainStartedAt: number;
  readonly mainEndedAt: number;
  /** How the main process ended (si_code of waitid(2)); empty if it has not. */
  readonly code: "" | "exited" | "killed" | "dumped";
  /** The exit status of the main process, or the number of the signal that ended it. */
  readonly status: number;
}
