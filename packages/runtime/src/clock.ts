/** Time, as the rest of Flotilla may see it: a test or the simulator hands in one that it moves by hand. */
export interface Clock {
  /** Milliseconds since some fixed moment; never jumps and never runs backwards. For durations and deadlines. */
  monotonic(): number;
  /** Milliseconds since the Unix epoch; may jump. For showing to people only, never for deciding. */
  wall(): number;
  /**
   * Resolves after `ms` milliseconds of monotonic time.
   * @throws the signal's reason, as soon as `signal` aborts.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The longest that one timer of Node's lasts; a longer one ends at once (node:timers, setTimeout). */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The machine's own clock. */
export const systemClock: Clock = {
  monotonic: () => performance.now(),
  wall: () => Date.now(),
  async sleep(ms, signal) {
    // node:timers/promises would make an AbortError, with a stack, of each sleep that is no longer needed: there is one
    // in every call that has a time limit.
    signal?.throwIfAborted();
    const { promise, resolve } = Promise.withResolvers<void>();
    let timer: NodeJS.Timeout;
    const wait = (left: number): void => {
      timer =
        left <= LONGEST_TIMER_MS
          ? setTimeout(resolve, left)
          : setTimeout(() => wait(left - LONGEST_TIMER_MS), LONGEST_TIMER_MS);
    };
    wait(ms);
    const onAbort = (): void => {
      clearTimeout(timer);
      resolve();
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    await promise;
    signal?.removeEventListener("abort", onAbort);
    signal?.throwIfAborted();
  },
};
