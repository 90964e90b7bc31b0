import type { DaemonSignals } from "./signals.ts";

/**
 * Runs long work until a request to end arrives. The request remains for `DaemonSignals.next`.
 * @param work must stop when its signal aborts.
 * @returns the work's result; undefined if the work stopped because the daemon must end.
 * @throws the work's error.
 */
export async function unlessEnded<T>(
  signals: Pick<DaemonSignals, "untilEnd">,
  work: (ended: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const ended = new AbortController();
  const done = new AbortController();
  const watching = signals.untilEnd(done.signal).then((isEnd) => isEnd && ended.abort());
  try {
    return await work(ended.signal);
  } catch (error) {
    if (ended.signal.aborted) return undefined;
    throw error;
  } finally {
    done.abort();
    await watching;
  }
}
