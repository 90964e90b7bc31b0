import type { Clock } from "@flotilla/runtime";
import type { Revision, Store, WatchBatch, WatchRequest, Witness } from "../port/index.ts";
import { leastNext } from "../port/replaced.ts";
import { CompactedError } from "../port/store-error.ts";
import { Audience } from "./audience.ts";
import { History, type HistoryLimits } from "./history.ts";
import { segmentSelected } from "./segments.ts";
import { Subscriber } from "./subscriber.ts";

export interface FamilyOptions {
  readonly store: Store;
  readonly prefix: string;
  readonly witness: Witness | undefined;
  /** The revision from which the first watch begins. */
  readonly from: Revision;
  readonly limits: HistoryLimits;
  readonly clock: Clock;
  /** Ends the family. */
  readonly signal: AbortSignal;
  /** Called when the watch of the store has ended. New watches then need another family. */
  readonly onEnd: () => void;
}

/**
 * How many revisions before its first watch a family begins. After a server has started, its clients come with the
 * revisions that they had at other servers, and most of those then are in the history.
 */
const BEGIN_EARLIER = 10_000;

/** How often a watch without events is told the revision up to which it is complete, milliseconds. */
const PROGRESS_MS = 60_000;
/** The parts in which the watches are told, so that thousands of clients do not all get a message at once. */
const PROGRESS_PARTS = 20;

/** All watches under one prefix with one witness. They share one watch of the store. */
export class Family {
  readonly #options: FamilyOptions;
  readonly #audience: Audience;
  #history: History;
  /** Everything up to this revision is in the history, or was. */
  #head: Revision;
  /** The highest revision that a watch has had. The store's watch may begin earlier. */
  #reached: Revision = 0;
  #error: unknown;
  #hasFailed = false;
  #subscribers = 0;
  #part = 0;
  #cancelProgress: () => void = () => {};

  constructor(options: FamilyOptions) {
    this.#options = options;
    this.#audience = new Audience(options.prefix);
    this.#reached = options.from - 1;
    this.#head = Math.max(1, options.from - BEGIN_EARLIER) - 1;
    this.#history = this.#emptyHistory();
    this.#progressSoon();
    void this.#run();
  }

  /** Whether the history has all changes from this revision on. */
  holds(from: Revision): boolean {
    return from > this.#history.floor;
  }

  /**
   * Delivers the changes from revision `next` on, which the family must hold. Returns, with the revision to continue
   * from, when the history no longer holds what the reader has not taken, or when the family has ended because it was
   * too late for compacted revisions that the reader does not need.
   * @throws the error of the store's watch, the signal's reason.
   */
  async *follow(request: WatchRequest, next: Revision, signal: AbortSignal): AsyncGenerator<WatchBatch, Revision> {
    const subscriber = this.#subscribe(request, next);
    try {
      for (;;) {
        await subscriber.untilNews(signal);
        const { pending } = subscriber;
        // mutation: history has lost changes
        if (pending !== undefined && !this.holds(pending)) return pending;
        const batch = this.#batchFor(subscriber);
        if (batch !== undefined) yield batch;
        else if (this.#hasFailed && !this.#lacksOnlyBefore(subscriber.next)) throw this.#error;
        else if (this.#hasFailed) return subscriber.next;
      }
    } finally {
      this.#audience.remove(subscriber);
    }
  }

  #subscribe(request: WatchRequest, next: Revision): Subscriber {
    this.#reached = Math.max(this.#reached, leastNext({ ...request, from: next }) - 1);
    const segment = segmentSelected(this.#options.prefix, request);
    const subscriber = new Subscriber({ request, segment, next, number: (this.#subscribers += 1) });
    for (const event of this.#history.since(next, segment)) subscriber.note(event);
    if (this.#hasFailed) subscriber.wake();
    this.#audience.add(subscriber);
    return subscriber;
  }

  #batchFor(subscriber: Subscriber): WatchBatch | undefined {
    const { pending, next, wantsProgress, segment } = subscriber;
    const revision = this.#head;
    if (pending === undefined && !(wantsProgress && revision >= next)) return undefined;
    const events =
      pending === undefined ? [] : this.#history.since(pending, segment).filter((event) => subscriber.selects(event));
    subscriber.tookAllTo(revision);
    // A reader that waits at the end of the history finds the error at its next turn.
    if (this.#hasFailed) subscriber.wake();
    return { events, revision };
  }

  async #run(): Promise<void> {
    const { store, prefix, witness, signal } = this.#options;
    for (;;) {
      try {
        const reached = (): Revision => this.#reached;
        const request = { prefix, from: this.#head + 1, reached, ...(witness && { witness }) };
        for await (const batch of store.watch(request, signal)) this.#take(batch);
      } catch (error) {
        if (!this.#beginLater(error)) return this.#fail(error);
      }
    }
  }

  #take({ events, revision }: WatchBatch): void {
    this.#history.append(events);
    this.#head = Math.max(this.#head, revision);
    this.#audience.tell(events);
  }

  /** Begins after the compacted revisions if the first watch does not need them. Returns whether it does. */
  #beginLater(error: unknown): boolean {
    if (!(error instanceof CompactedError) || error.compacted === undefined) return false;
    const hasBegun = this.#head >= this.#options.from - 1;
    if (hasBegun || error.compacted >= this.#options.from || error.compacted <= this.#head) return false;
    this.#head = error.compacted;
    this.#history = this.#emptyHistory();
    for (const subscriber of this.#audience) if (!this.holds(subscriber.next)) subscriber.miss();
    return true;
  }

  #fail(error: unknown): void {
    this.#hasFailed = true;
    this.#error = error;
    this.#cancelProgress();
    this.#options.onEnd();
    for (const subscriber of this.#audience) subscriber.wake();
  }

  /** Whether the store's watch has failed only because revisions before `next` are compacted. */
  #lacksOnlyBefore(next: Revision): boolean {
    return this.#error instanceof CompactedError && next > (this.#error.compacted ?? Infinity);
  }

  #progressSoon(): void {
    this.#cancelProgress = this.#options.clock.after(PROGRESS_MS / PROGRESS_PARTS, () => {
      this.#part = (this.#part + 1) % PROGRESS_PARTS;
      for (const subscriber of this.#audience)
        if (subscriber.number % PROGRESS_PARTS === this.#part && this.#head >= subscriber.next)
          subscriber.askForProgress();
      this.#progressSoon();
    });
  }

  #emptyHistory(): History {
    return new History(this.#options.prefix, this.#options.limits, this.#head);
  }
}
