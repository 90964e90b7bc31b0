import { type Clock, Nudge } from "@flotilla/runtime";

/** Something with a time. */
export interface Timed {
  /** Microseconds since 1970. */
  readonly time: number;
}

export interface MergeOptions {
  /**
   * How long an entry waits for earlier entries of silent sources, in milliseconds; undefined: until every source has
   * delivered an entry or ended.
   */
  readonly windowMs: number | undefined;
  readonly clock: Clock;
}

/** Limit of entries read ahead from a source. */
const READ_AHEAD = 1000;

interface Lane<T> {
  /** In the source's order, with the arrival time of each. */
  readonly waiting: { readonly entry: T; readonly came: number }[];
  readonly isRead: Nudge;
  isOver: boolean;
}

/**
 * Merges sources that are ordered by time into one. With a window, an entry that arrives late by more than the window
 * may come after later ones.
 *
 * @throws the error of a source; the signal's reason.
 */
export async function* mergeByTime<T extends Timed>(
  sources: readonly AsyncIterable<T>[],
  { windowMs, clock }: MergeOptions,
  signal: AbortSignal,
): AsyncGenerator<T> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const news = new Nudge();
  const lanes = sources.map((): Lane<T> => ({ waiting: [], isRead: new Nudge(), isOver: false }));
  let failure: { readonly error: unknown } | undefined;
  // The pumps end with their sources, or at a source's next entry after the signal.
  for (const [index, lane] of lanes.entries()) {
    pump(sources[index] ?? [], lane, news, clock, either).catch((error: unknown) => {
      failure ??= { error };
      news.poke();
    });
  }
  try {
    for (;;) {
      signal.throwIfAborted();
      if (failure) throw failure.error;
      const first = earliest(lanes);
      if (!first && lanes.every(({ isOver }) => isOver)) return;
      const isComplete = lanes.every(({ isOver, waiting }) => isOver || waiting.length > 0);
      const patience = windowMs === undefined || !first ? undefined : first.came + windowMs - clock.monotonic();
      if (first && (isComplete || (patience !== undefined && patience <= 0))) {
        first.lane.waiting.shift();
        first.lane.isRead.poke();
        yield first.entry;
      } else await newsWithin(news, patience, clock, either);
    }
  } finally {
    over.abort();
  }
}

async function pump<T>(
  source: AsyncIterable<T> | Iterable<T>,
  lane: Lane<T>,
  news: Nudge,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  for await (const entry of source) {
    signal.throwIfAborted();
    lane.waiting.push({ entry, came: clock.monotonic() });
    news.poke();
    while (lane.waiting.length >= READ_AHEAD) await lane.isRead.wait(signal);
  }
  lane.isOver = true;
  news.poke();
}

function earliest<T extends Timed>(lanes: readonly Lane<T>[]) {
  let first: { readonly entry: T; readonly came: number; readonly lane: Lane<T> } | undefined;
  for (const lane of lanes) {
    const [head] = lane.waiting;
    if (head && (!first || head.entry.time < first.entry.time)) first = { ...head, lane };
  }
  return first;
}

async function newsWithin(news: Nudge, ms: number | undefined, clock: Clock, signal: AbortSignal): Promise<void> {
  if (ms === undefined) return news.wait(signal);
  const enough = new AbortController();
  const either = AbortSignal.any([signal, enough.signal]);
  const waits = [news.wait(either), clock.sleep(ms, either)];
  try {
    await Promise.race(waits);
  } finally {
    enough.abort();
    await Promise.allSettled(waits);
  }
}
