import type { Clock } from "./clock.ts";
import { untilAborted } from "./until-aborted.ts";

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
  // Costs less than a race of two promises: each call to the store comes here.
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const cancel = clock.after(ms, () => {
    const error = timeout();
    reject(error);
    over.abort(error);
  });
  const limited = (): Promise<T> => {
    work(over.signal).then(resolve, reject);
    return promise;
  };
  try {
    return await untilAborted(signals, limited, over);
  } finally {
    cancel();
  }
}
