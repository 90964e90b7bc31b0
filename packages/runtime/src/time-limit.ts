import type { Clock } from "./clock.ts";
import { untilAborted } from "./until-aborted.ts";

export interface TimeLimit {
  readonly clock: Clock;
  /** Milliseconds. */
  readonly ms: number;
  /** What the call ends with when the time is up. */
  readonly timeout: () => Error;
}

/** Nobody sees it, and it costs nothing: without a reason of ours, each abort makes a DOMException with a stack. */
const SETTLED = "settled";

/**
 * Runs `work`, and ends with `timeout()` when it has not settled in time, or with the signal's reason
 * when one of `signals` aborts. `work` is told by its own signal; whether it listens or not, the call ends.
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
    over.abort(SETTLED);
  }
}
