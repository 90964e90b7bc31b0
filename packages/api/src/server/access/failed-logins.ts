import type { Clock, Logger } from "@flotilla/runtime";

/** The least time between two log entries, milliseconds: a client may fail thousands of times a second. */
const INTERVAL_MS = 10_000;

/** Logs requests that show no valid token or certificate, all of an interval in one entry. */
export class FailedLogins {
  readonly #log: Logger;
  readonly #clock: Clock;
  #lastAt = Number.NEGATIVE_INFINITY;
  #silent = 0;

  constructor(log: Logger, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** @param from the client's address. */
  note(from: string, reason: string): void {
    const now = this.#clock.monotonic();
    if (now - this.#lastAt < INTERVAL_MS) {
      this.#silent += 1;
      return;
    }
    this.#log.warn("refused an unauthenticated request", { from, reason, earlierOnes: this.#silent });
    this.#lastAt = now;
    this.#silent = 0;
  }
}
