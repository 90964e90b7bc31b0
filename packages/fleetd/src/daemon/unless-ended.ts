import type { DaemonSignals } from "./signals.ts";

/**
 * Does work that may last, as long as nobody asks the daemon to end. The request is left to whoever asks for the next.
 * @param work is told by its signal to stop when the daemon is asked to end.
 * @returns what the work came to; undefined when it stopped for the end.
 * @throws what the work fails with.
 */
export async function unlessEnded<T>(
  signals: Pick<DaemonSignals, "untilEnd">,
  work: (ended: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const ended = new AbortController();
  const over = new AbortController();
  const asked = signals.untilEnd(over.signal).then((isEnd) => isEnd && ended.abort());
  try {
    return await work(ended.signal);
  } catch (error) {
    if (ended.signal.aborted) return undefined;
    throw error;
  } finally {
    over.abort();
    await asked;
  }
}
