import { CHEAP_REASON, type Clock, isProgrammingError, untilAborted } from "@flotilla/runtime";

export interface LivenessOptions {
  /** Resolves when systemd answers. */
  readonly ping: (signal: AbortSignal) => Promise<void>;
  /** The machine's TTL, in milliseconds. */
  readonly ttlMs: number;
  readonly clock: Clock;
}

/** One ping may be missed because this process was suspended. */
const MOST_MISSES = 3;

/** A systemd that reloads many units may take this long to answer, in milliseconds. */
const LEAST_WAIT_MS = 1_500;

/**
 * Resolves when systemd counts as hung: three pings in a row were unanswered, each for a quarter of the TTL. With the
 * pause before them, that takes less than one TTL (5 s for a very short one). Units thus move as soon as they do from a
 * machine that died.
 *
 * @throws the signal's reason; a programming error in `ping`.
 */
export async function untilHung(options: LivenessOptions, signal: AbortSignal): Promise<void> {
  const { ttlMs, clock } = options;
  for (let misses = 0; misses < MOST_MISSES;) {
    if (await isAnswered(options, signal)) {
      misses = 0;
      await clock.sleep(ttlMs / 6, signal);
    } else misses += 1;
  }
}

/** @throws the signal's reason. */
export async function untilResponsive(options: LivenessOptions, signal: AbortSignal): Promise<void> {
  while (!(await isAnswered(options, signal))) await options.clock.sleep(options.ttlMs / 6, signal);
}

/**
 * A systemd that cannot be pinged counts as one that does not answer. It has crashed, or it hangs and another call's
 * time limit has ended the connection. A systemd that re-executes itself is back in time.
 */
async function isAnswered({ ping, ttlMs, clock }: LivenessOptions, signal: AbortSignal): Promise<boolean> {
  const over = new AbortController();
  const silence = Promise.withResolvers<boolean>();
  const cancel = clock.after(Math.max(ttlMs / 4, LEAST_WAIT_MS), () => {
    silence.resolve(false);
    over.abort(CHEAP_REASON);
  });
  const ask = (): Promise<boolean> =>
    ping(over.signal).then(
      () => true,
      (error: unknown) => {
        if (isProgrammingError(error)) throw error;
        // mutation: ping fails
        return silence.promise;
      },
    );
  try {
    return await untilAborted([signal], () => Promise.race([ask(), silence.promise]), over);
  } finally {
    cancel();
  }
}
