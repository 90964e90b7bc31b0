import type { Clock } from "./clock.ts";
import { CHEAP_REASON, untilAborted } from "./until-aborted.ts";

export interface TimeLimit {
  readonly clock: Clock;
  /** Milliseconds. */
  readonly ms: number;
  /** Returns the error for a call that takes longer. */
  readonly timeout: () => Error;
}

/**
 * Runs `work` under a time limit. Rejects with `timeout()` when the time is up, or with the reason of the first of
 * `signals` to abort, whether or not `work` reacts to the signal that it gets.
 */
export async function withTimeLimit<T>(
  { clock, ms, timeout }: TimeLimit,
  signals: readonly (AbortSignal | undefined)[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  clock.sleep(ms, over.signal).then(
    () => over.abort(timeout()),
    () => {},
  );
  try {
    return await untilAborted([over.signal, ...signals], () => work(over.signal), over);
  } finally {
    over.abort(CHEAP_REASON);
  }
}
