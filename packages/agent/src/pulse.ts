import type { Clock } from "@flotilla/runtime";
import { UnitManagerUnavailableError } from "@flotilla/systemd";

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
 * @throws the signal's reason.
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

/** A bus that is away says nothing of systemd, which has its own ways to bring it back. */
async function isAnswered({ ping, ttlMs, clock }: PulseOptions, signal: AbortSignal): Promise<boolean> {
  signal.throwIfAborted();
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const answer = ping(either).then(
    () => true,
    (error: unknown) => error instanceof UnitManagerUnavailableError,
  );
  const silence = clock.sleep(Math.max(ttlMs / 4, LEAST_WAIT_MS), either).then(
    () => false,
    () => false,
  );
  try {
    return await Promise.race([answer, silence]);
  } finally {
    over.abort();
    signal.throwIfAborted();
  }
}
