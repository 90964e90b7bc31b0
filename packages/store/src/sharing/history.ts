import { keyOf, type Revision, revisionOf, type WatchEvent } from "../port/index.ts";
import { Fifo } from "./fifo.ts";
import { segmentOf } from "./segments.ts";

export interface HistoryLimits {
  readonly events: number;
  /** Characters in all keys and values. */
  readonly text: number;
}

/** The latest events of a family of keys: all that are after the revision `floor`. */
export class History {
  readonly #family: string;
  readonly #limits: HistoryLimits;
  readonly #all = new Fifo<WatchEvent>();
  readonly #bySegment = new Map<string, Fifo<WatchEvent>>();
  #text = 0;
  #floor: Revision;

  constructor(family: string, limits: HistoryLimits, floor: Revision) {
    this.#family = family;
    this.#limits = limits;
    this.#floor = floor;
  }

  get floor(): Revision {
    return this.#floor;
  }

  /** Appends all events of some revisions, in order. Drops the oldest revisions beyond the limits. */
  append(events: readonly WatchEvent[]): void {
    for (const event of events) this.#push(event);
    while (this.#all.length > this.#limits.events || this.#text > this.#limits.text) this.#dropOldest();
  }

  /**
   * Returns the events from revision `from` on, in order. `from` must be after the floor.
   * @param segment limits them to one segment.
   */
  since(from: Revision, segment: string | undefined): readonly WatchEvent[] {
    const events = segment === undefined ? this.#all : this.#bySegment.get(segment);
    return events?.from((event) => revisionOf(event) >= from) ?? [];
  }

  #push(event: WatchEvent): void {
    const segment = segmentOf(this.#family, keyOf(event));
    const own = this.#bySegment.get(segment) ?? new Fifo();
    own.push(event);
    this.#bySegment.set(segment, own);
    this.#all.push(event);
    this.#text += textOf(event);
  }

  /** Drops the oldest revision as a whole, because a watch must get all events of a revision together. */
  #dropOldest(): void {
    const oldest = this.#all.first;
    if (oldest === undefined) throw new RangeError("a history without events exceeds its limits");
    this.#floor = revisionOf(oldest);
    for (let event = this.#all.first; event && revisionOf(event) === this.#floor; event = this.#all.first) {
      this.#all.shift();
      this.#text -= textOf(event);
      this.#dropFrom(segmentOf(this.#family, keyOf(event)));
    }
  }

  #dropFrom(segment: string): void {
    const own = this.#bySegment.get(segment);
    own?.shift();
    if (own?.length === 0) this.#bySegment.delete(segment);
  }
}

function textOf(event: WatchEvent): number {
  return event.type === "put" ? event.entry.key.length + event.entry.value.length : event.key.length;
}
