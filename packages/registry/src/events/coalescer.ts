import { type ClusterEvent, facts, type NewEvent } from "@flotilla/model";

/** One moment, milliseconds. */
interface Now {
  readonly monotonic: number;
  /** Since the epoch. */
  readonly wall: number;
}

/** How long repetitions of an event are gathered at first, milliseconds. */
const FIRST_MS = 60_000;

/** The same after doubling, at most. */
const MOST_MS = 3_600_000;

/** The most events whose repetitions are noticed. The one that was last seen longest ago is forgotten first. */
const MOST_KNOWN = 4_000;

/** How many repetitions are told at once: a machine that leaves comes back, and a unit may fail twice. */
const FREE = 2;

interface Known {
  readonly event: NewEvent;
  /** When the window ends, monotonic milliseconds. */
  until: number;
  windowMs: number;
  /** How many repetitions are still told at once. */
  free: number;
  /** The repetitions within the window. */
  count: number;
  first: number;
  last: number;
}

/**
 * Makes one event with a count of events that are equal in all but their time. The first three go through at once. Further
 * ones are gathered, at first for a minute, and twice as long after each window that had any. So a unit that
 * crashes every second costs a handful of events an hour.
 */
export class Coalescer {
  /** In the order in which they were last seen. */
  readonly #known = new Map<string, Known>();
  /** No window with repetitions ends earlier. */
  #nextEnd: number | undefined;

  /** Returns the events to write now: none if the event is a repetition. */
  add(event: NewEvent, now: Now): readonly ClusterEvent[] {
    if (isUnique(event)) return [{ ...event, time: now.wall }];
    const key = keyOf(event);
    const known = this.#known.get(key);
    if (known && now.monotonic < known.until) {
      this.#known.delete(key);
      this.#known.set(key, known);
      if (known.free > 0) {
        known.free -= 1;
        return [{ ...event, time: now.wall }];
      }
      if (known.count === 0) known.first = now.wall;
      known.count += 1;
      known.last = now.wall;
      this.#nextEnd = Math.min(this.#nextEnd ?? known.until, known.until);
      return [];
    }
    // Its repetitions, if there were any, are told first.
    const earlier = known ? told(known) : [];
    this.#known.delete(key);
    const next =
      known && isRepeated(known, now.monotonic)
        ? { windowMs: longer(known.windowMs), free: 0 }
        : { windowMs: FIRST_MS, free: FREE };
    const until = now.monotonic + next.windowMs;
    this.#known.set(key, { ...next, event, until, count: 0, first: now.wall, last: now.wall });
    return [...earlier, ...this.#forgetOldest(), { ...event, time: now.wall }];
  }

  /** When `due` next has something to return, monotonic milliseconds; undefined for not before the next `add`. */
  get nextEnd(): number | undefined {
    return this.#nextEnd;
  }

  /** Returns the repetitions whose window is over. @param now monotonic milliseconds; infinity for all of them. */
  due(now: number): readonly ClusterEvent[] {
    if (this.#nextEnd === undefined || now < this.#nextEnd) return [];
    this.#nextEnd = undefined;
    const events: ClusterEvent[] = [];
    for (const known of this.#known.values()) {
      if (known.count === 0) continue;
      if (now < known.until) {
        this.#nextEnd = Math.min(this.#nextEnd ?? known.until, known.until);
        continue;
      }
      events.push(...told(known));
      known.count = 0;
      known.windowMs = longer(known.windowMs);
      known.until += known.windowMs;
    }
    return events;
  }

  #forgetOldest(): readonly ClusterEvent[] {
    if (this.#known.size <= MOST_KNOWN) return [];
    for (const [key, known] of this.#known) {
      this.#known.delete(key);
      return told(known);
    }
    return [];
  }
}

function told({ event, count, first, last }: Known): readonly ClusterEvent[] {
  if (count === 0) return [];
  return [{ ...event, time: last, ...(count > 1 && { count, first }) }];
}

/** Whether the event was repeated within the window. A window without repetitions follows each one that had some. */
function isRepeated({ count, free, windowMs, until }: Known, now: number): boolean {
  return count > 0 || (windowMs === FIRST_MS && free < FREE && now < until + windowMs);
}

function longer(windowMs: number): number {
  return Math.min(MOST_MS, windowMs * 2);
}

/** An event about one write of a unit has no equal. */
function isUnique({ fact = "", cause = "" }: NewEvent): boolean {
  return fact.startsWith(facts.unitWrites) || cause.startsWith(facts.unitWrites);
}

function keyOf({ kind, unit, machine, from, sentence, fact, cause }: NewEvent): string {
  return [kind, unit, machine, from, fact, cause, sentence].join("\0");
}
