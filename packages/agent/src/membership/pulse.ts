import { type Clock, isProgrammingError } from "@flotilla/runtime";

export interface PulseOptions {
  /** Resolves when systemd answers. */
  readonly ping: (signal: AbortSignal) => Promise<void>;
  /** The machine's, milliseconds. */
  readonly ttlMs: number;
  readonly clock: Clock;
}

/** One may be missed because this process stood still. */
const MOST_MISSES = 3;

/** A systemd that is busy with a reload of many units may take so long to answer, milliseconds. */
const LEAST_WAIT_MS = 1_500;

/**
 * Resolves when systemd is taken for hung: it has left three questions in a row unanswered, each for a quarter of the
 * TTL. With the pause before them that is less than one TTL (with a very short one, 5 s), so that units move as soon
 * as off a machine that died.
 * @throws the signal's reason; an error in the program that asking ended with.
 */
export async function untilSilent(options: PulseOptions, signal: AbortSignal): Promise<void> {
  const { ttlMs, clock } = options;
  for (let misses = 0; misses < MOST_MISSES;) {
    if (await isAnswered(options, signal)) {
      misses = 0;
      await clock.sleep(ttlMs / 6, signal);
    } else misses += 1;
  }
}

/** @throws the signal's reason. */
export async function untilAnswered(options: PulseOptions, signal: AbortSignal): Promise<void> {
  while (!(await isAnswered(options, signal))) await options.clock.sleep(options.ttlMs / 6, signal);
}

/**
 * A systemd that cannot be asked is as silent as one that does not answer: it has crashed, or hangs and some other call
 * has run into its time limit, which ends the connection. One that executes itself anew is back in time.
 */
async function isAnswered({ ping, ttlMs, clock }: PulseOptions, signal: AbortSignal): Promise<boolean> {
  signal.throwIfAborted();
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const silence = clock.sleep(Math.max(ttlMs / 4, LEAST_WAIT_MS), either).then(
    () => false,
    () => false,
  );
  const answer = ping(either).then(
    () => true,
    (error: unknown) => {
      if (isProgrammingError(error)) throw error;
      // mutation: ping fails
      return silence;
    },
  );
  try {
    return await Promise.race([answer, silence]);
  } finally {
    over.abort();
    signal.throwIfAborted();
  }
}
