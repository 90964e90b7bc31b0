import { setTimeout as delay } from "node:timers/promises";

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
  sleep: async (ms, signal) => {
    signal?.throwIfAborted();
    await delay(ms, undefined, signal ? { signal } : {}).catch((error: unknown) => {
      // node wraps the reason in an AbortError of its own; callers expect the reason itself.
      signal?.throwIfAborted();
      throw error;
    });
  },
};
