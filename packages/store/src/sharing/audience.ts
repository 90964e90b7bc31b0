import { keyOf, type WatchEvent } from "../port/index.ts";
import { segmentOf } from "./segments.ts";
import type { Subscriber } from "./subscriber.ts";

/** The watches of a family, by segment, so that an event costs nothing for the watches of other segments. */
export class Audience {
  readonly #family: string;
  readonly #bySegment = new Map<string, Set<Subscriber>>();
  /** Watches that may select keys of any segment. */
  readonly #broad = new Set<Subscriber>();

  constructor(family: string) {
    this.#family = family;
  }

  add(subscriber: Subscriber): void {
    const { segment } = subscriber;
    if (segment === undefined) this.#broad.add(subscriber);
    else this.#bySegment.set(segment, (this.#bySegment.get(segment) ?? new Set()).add(subscriber));
  }

  remove(subscriber: Subscriber): void {
    const { segment } = subscriber;
    if (segment === undefined) this.#broad.delete(subscriber);
    else {
      const own = this.#bySegment.get(segment);
      own?.delete(subscriber);
      if (own?.size === 0) this.#bySegment.delete(segment);
    }
  }

  tell(events: readonly WatchEvent[]): void {
    for (const event of events) {
      for (const subscriber of this.#bySegment.get(segmentOf(this.#family, keyOf(event))) ?? []) subscriber.note(event);
      for (const subscriber of this.#broad) subscriber.note(event);
    }
  }

  *[Symbol.iterator](): Generator<Subscriber> {
    yield* this.#broad;
    for (const own of this.#bySegment.values()) yield* own;
  }
}
