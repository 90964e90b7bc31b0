import type { Clock } from "./clock.ts";
import type { LogFields, Logger } from "./logger.ts";
import { logFailure } from "./programming-error.ts";

export interface RecoveryLimitOptions {
  readonly clock: Pick<Clock, "monotonic">;
  readonly log: Logger;
  /** Recoveries within the interval, as systemd's StartLimitBurst=. Default 3. */
  readonly most?: number;
  /** Milliseconds, as systemd's StartLimitIntervalSec=. Default 10 minutes. */
  readonly intervalMs?: number;
}

const MOST = 3;
const INTERVAL_MS = 600_000;

/** Limits how many times a part starts over after a programming error. A restart of the process fixes more. */
export class RecoveryLimit {
  readonly #options: RecoveryLimitOptions;
  #recoveries: number[] = [];

  constructor(options: RecoveryLimitOptions) {
    this.#options = options;
  }

  /**
   * Logs the error with its stack. The caller then starts over.
   * @throws the error itself when the limit is reached.
   */
  note(message: string, thrown: unknown, fields: LogFields = {}): void {
    const { clock, log, most = MOST, intervalMs = INTERVAL_MS } = this.#options;
    const now = clock.monotonic();
    this.#recoveries = this.#recoveries.filter((at) => now - at < intervalMs);
    const isLast = this.#recoveries.length >= most;
    logFailure(log, message, thrown, { ...fields, recoveries: this.#recoveries.length, givesUp: isLast });
    if (isLast) throw thrown;
    this.#recoveries.push(now);
  }
}
