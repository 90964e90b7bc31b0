import { Backoff, type Clock, isProgrammingError, type Logger, messageOf, RecoveryLimit } from "@flotilla/runtime";

export interface PersistOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  /** What is being tried, as in "reading the published states". */
  readonly what: string;
  /** Called with each failure's message. */
  readonly onFailure?: (message: string) => void;
}

/**
 * Tries until it succeeds, with growing pauses; logs the first failure, and the success after it.
 * @throws the signal's reason; an error in the program that tries keep ending with (see RecoveryLimit).
 */
export async function persist<T>(
  options: PersistOptions,
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
      if (isProgrammingError(error))
        recoveries.note("failed with an error in the program; trying again", error, { what });
      else if (backoff.failures === 0) log.warn("failed; trying again", { what, error: messageOf(error) });
      options.onFailure?.(messageOf(error));
    }
    await clock.sleep(backoff.next(), signal);
  }
}
