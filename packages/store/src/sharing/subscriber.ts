import { Nudge } from "@flotilla/runtime";
import { keyOf, type Revision, revisionOf, selects, type WatchEvent, type WatchRequest } from "../port/index.ts";

export interface SubscriberOptions {
  readonly request: WatchRequest;
  /** The segment of all keys that the watch selects; undefined if there may be several. */
  readonly segment: string | undefined;
  /** The revision from which the watch needs changes. */
  readonly next: Revision;
  /** Counts the watches of the family. */
  readonly number: number;
}

/** One watch of a family. It holds no events: it remembers from which revision on the history has events for it. */
export class Subscriber {
  readonly segment: string | undefined;
  readonly number: number;
  readonly #request: WatchRequest;
  readonly #news = new Nudge();
  /** The revision of the first event that was not delivered. */
  #pending: Revision | undefined;
  #wantsProgress = false;
  /** All changes before this revision were delivered, or are not for this watch. */
  #next: Revision;

  constructor({ request, segment, next, number }: SubscriberOptions) {
    this.#request = request;
    this.segment = segment;
    this.#next = next;
    this.number = number;
  }

  get pending(): Revision | undefined {
    return this.#pending;
  }

  get next(): Revision {
    return this.#next;
  }

  /** Whether an empty batch is due. */
  get wantsProgress(): boolean {
    return this.#wantsProgress;
  }

  selects(event: WatchEvent): boolean {
    return revisionOf(event) >= this.#next && selects(this.#request, keyOf(event));
  }

  /** Notes an event, if it is for this watch. */
  note(event: WatchEvent): void {
    if (this.#pending !== undefined || !this.selects(event)) return;
    this.#pending = revisionOf(event);
    this.wake();
  }

  /** Call when the history has lost changes from `next` on. The reader then has to read them from the store. */
  miss(): void {
    this.#pending = this.#next;
    this.wake();
  }

  /** Makes the watch deliver an empty batch if there is no event for it. */
  askForProgress(): void {
    this.#wantsProgress = true;
    this.wake();
  }

  wake(): void {
    this.#news.poke();
  }

  /** Call when everything up to `revision` was taken from the history. */
  tookAllTo(revision: Revision): void {
    this.#pending = undefined;
    this.#wantsProgress = false;
    // mutation: taken from the history
    this.#next = Math.max(this.#next, revision + 1);
  }

  /** @throws the signal's reason. */
  untilNews(signal: AbortSignal): Promise<void> {
    return this.#news.wait(signal);
  }
}
