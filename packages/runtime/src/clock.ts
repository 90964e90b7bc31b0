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

/** The machine's own clock. */
export const systemClock: Clock = {
  monotonic: () => performance.now(),
  wall: () => Date.now(),
  async sleep(ms, signal) {
    // node:timers/promises would make an AbortError, with a stack, of each sleep that is no longer needed: there is one
    // in every call that has a time limit.
    signal?.throwIfAborted();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
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
