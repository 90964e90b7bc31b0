/** The only source of time in Flotilla. Tests and the simulator pass a clock that they advance themselves. */
export interface Clock {
  /** Milliseconds since a fixed moment. Never jumps or runs backwards. For durations and deadlines. */
  monotonic(): number;
  /**
   * Milliseconds since the Unix epoch. May jump. For times that are displayed, stored or compared with those of others.
   */
  wall(): number;
  /**
   * Resolves after `ms` milliseconds of monotonic time.
   * @throws the signal's reason, as soon as `signal` aborts.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /**
   * Calls `what` after `ms` milliseconds of monotonic time. Cancelling it costs less than aborting a sleep, which
   * matters because all work under a time limit that ends in time cancels such a call.
   * @returns a function that cancels the call.
   */
  after(ms: number, what: () => void): () => void;
}

/** The longest timer of Node. A longer one fires at once (node:timers, setTimeout). */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The clock of the machine. */
export const systemClock: Clock = {
  monotonic: () => performance.now(),
  wall: () => Date.now(),
  async sleep(ms, signal) {
    // node:timers/promises would create an AbortError with a stack for each aborted sleep.
    signal?.throwIfAborted();
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = systemClock.after(ms, resolve);
    const onAbort = (): void => {
      cancel();
      resolve();
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    await promise;
    signal?.removeEventListener("abort", onAbort);
    signal?.throwIfAborted();
  },
  after(ms, what) {
    let timer: NodeJS.Timeout;
    const wait = (left: number): void => {
      timer =
        left <= LONGEST_TIMER_MS
          ? setTimeout(what, left)
          : setTimeout(() => wait(left - LONGEST_TIMER_MS), LONGEST_TIMER_MS);
    };
    wait(ms);
    return () => clearTimeout(timer);
  },
};
