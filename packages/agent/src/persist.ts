import { Backoff, type Clock, type Logger, messageOf } from "@flotilla/runtime";

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
 * @throws the signal's reason, and nothing else.
 */
export async function persist<T>(
  options: PersistOptions,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { clock, random, log, what } = options;
  const backoff = new Backoff({ first: 200, most: 2_000, random });
  for (;;) {
    signal.throwIfAborted();
    try {
      const result = await work(signal);
      if (backoff.failures > 0) log.info("it works again", { what });
      return result;
    } catch (error) {
      signal.throwIfAborted();
      if (backoff.failures === 0) log.warn("it does not work and is tried again", { what, error: messageOf(error) });
      options.onFailure?.(messageOf(error));
    }
    await clock.sleep(backoff.next(), signal);
  }
}
