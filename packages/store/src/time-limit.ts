import type { Clock } from "@flotilla/runtime";

export interface TimeLimit {
  readonly clock: Clock;
  /** Milliseconds. */
  readonly ms: number;
  /** What the call ends with when the time is up. */
  readonly timeout: () => Error;
}

/** Nobody sees it, and it costs nothing: without a reason of ours, each abort makes a DOMException with a stack. */
const SETTLED = "settled";

const ONCE = { once: true };

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

/**
 * Settles as `work` does, or rejects with the reason of the first of `signals` to abort. Leaves no
 * listener behind: signals that live as long as the process are passed to every call.
 * @param forward aborted along with any of the signals.
 */
export async function untilAborted<T>(
  signals: readonly (AbortSignal | undefined)[],
  work: () => Promise<T>,
  forward?: AbortController,
): Promise<T> {
  for (const signal of signals) signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const onAbort = (): void => {
    const reason: unknown = signals.find((signal) => signal?.aborted)?.reason;
    reject(reason);
    forward?.abort(reason);
  };
  const leave = (): void => {
    for (const signal of signals) signal?.removeEventListener("abort", onAbort);
  };
  for (const signal of signals) signal?.addEventListener("abort", onAbort, ONCE);
  work().then(resolve, reject).then(leave, leave);
  return promise;
}
