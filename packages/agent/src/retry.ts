import { Backoff, type Clock, isProgrammingError, type Logger, messageOf, RecoveryLimit } from "@flotilla/runtime";

export interface RetryOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  /** The operation, such as "reading the published states". */
  readonly what: string;
  /** Called with the message of each failure. */
  readonly onFailure?: (message: string) => void;
}

/**
 * Repeats an operation until it succeeds, with growing pauses. Logs the first failure, and the success after it.
 *
 * @throws the signal's reason; a programming error that persists (see RecoveryLimit).
 */
export async function retry<T>(
  options: RetryOptions,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { clock, random, log, what } = options;
  const backoff = new Backoff({ first: 200, most: 2_000, random });
  const recoveries = new RecoveryLimit({ clock, log });
  for (;;) {
    signal.throwIfAborted();
    try {
      const result = await work(signal);
      if (backoff.failures > 0) log.info("succeeded after failures", { what });
      return result;
    } catch (error) {
      signal.throwIfAborted();
      if (isProgrammingError(error)) recoveries.note("failed with an internal error; retrying", error, { what });
      else if (backoff.failures === 0) log.warn("failed; retrying", { what, error: messageOf(error) });
      options.onFailure?.(messageOf(error));
    }
    await clock.sleep(backoff.next(), signal);
  }
}
