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
  const timer = new AbortController();
  clock.sleep(ms, timer.signal).then(
    () => over.abort(timeout()),
    () => {},
  );
  try {
    return await untilAborted([over.signal, ...signals], () => work(over.signal), over);
  } finally {
    timer.abort(SETTLED);
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
  const aborted = Promise.withResolvers<never>();
  const listeners = signals.map((signal) => {
    const onAbort = (): void => {
      aborted.reject(signal?.reason);
      forward?.abort(signal?.reason);
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    return () => signal?.removeEventListener("abort", onAbort);
  });
  try {
    return await Promise.race([work(), aborted.promise]);
  } finally {
    for (const remove of listeners) remove();
  }
}
