const ONCE = { once: true };

/** An abort reason that nobody reads. Without a reason, each abort creates a DOMException with a stack. */
export const CHEAP_REASON = "done";

/**
 * Returns the outcome of `work`, or rejects with the reason of the first of `signals` to abort. The abort ends `work`
 * itself only through `forward`. Leaves no listener behind, because callers pass signals that live as long as the
 * process.
 * @param work not called if a signal has aborted already.
 * @param forward aborted together with any of the signals.
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
