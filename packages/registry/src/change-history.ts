import { CompactedError } from "@flotilla/store";
import type { ClusterChange } from "./cluster-change.ts";
import { SlowReaderError } from "./registry-error.ts";

interface Follower {
  readonly queue: ClusterChange[];
  /** The weight of the queue, see `weightOf`. */
  weight: number;
  wake: () => void;
  /** Set when the follower has missed changes: it gets this error and no more changes. */
  cutOff: Error | undefined;
}

/**
 * A reader may lag by this multiple of the limits. Its queue takes little memory, because all queues share the changes.
 */
const PATIENCE = 4;

/** The most bytes of all kept changes. Changes of machines with much metadata are large, so fewer are kept. */
const MOST_WEIGHT = 8 * 1024 * 1024;

/** The weight of a change without long values, bytes. */
const LEAST_WEIGHT = 500;

/** The latest changes, kept so that a watcher can begin at a recent revision. */
export class ChangeHistory {
  readonly #limit: number;
  /** The weight of the kept changes. */
  #weight = 0;
  readonly #followers = new Set<Follower>();
  #changes: ClusterChange[] = [];
  /** Every change after this revision is kept. */
  #floor = 0;

  /** @param limit how many changes are kept for late watchers, each about 500 bytes; up to twice as many at times. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Drops all changes, because a new listing as of `revision` replaces the snapshot. Followers have missed the changes in
   * between, so they are cut off.
   */
  restart(revision: number): void {
    this.#changes = [];
    this.#weight = 0;
    this.#floor = revision;
    for (const follower of this.#followers) {
      follower.cutOff ??= new CompactedError(
        `changes before revision ${revision} were missed; list again and watch from there`,
      );
      follower.wake();
    }
  }

  add(changes: readonly ClusterChange[]): void {
    if (changes.length === 0) return;
    const weight = sumOf(changes);
    this.#changes.push(...changes);
    this.#weight += weight;
    this.#trim();
    for (const follower of this.#followers) {
      const isBehind = follower.queue.length + changes.length > PATIENCE * this.#limit;
      // A reader with an empty queue gets one batch of any size.
      if (isBehind || (follower.queue.length > 0 && follower.weight + weight > PATIENCE * MOST_WEIGHT)) {
        follower.cutOff ??= new SlowReaderError("the reader fell too far behind; list again and watch from there");
        follower.queue.length = 0;
      }
      if (!follower.cutOff) {
        follower.queue.push(...changes);
        follower.weight += weight;
      }
      follower.wake();
    }
  }

  /** Trims only at twice the limits, so that many changes share the cost of copying. */
  #trim(): void {
    if (this.#changes.length <= 2 * this.#limit && this.#weight <= 2 * MOST_WEIGHT) return;
    let dropped = 0;
    for (; this.#changes.length - dropped > this.#limit || this.#weight > MOST_WEIGHT; dropped += 1)
      this.#weight -= weightOf(this.#changes[dropped]);
    this.#floor = this.#changes[dropped - 1]?.revision ?? this.#floor;
    this.#changes = this.#changes.slice(dropped);
  }

  /**
   * Yields every change with a revision of at least `from`, in batches of whole revisions, until `signal` aborts.
   * @throws CompactedError if changes since `from` are no longer kept. This call throws it, or the iteration does later.
   * @throws SlowReaderError during the iteration, when the reader falls further behind than four times what the history holds.
   */
  follow(from: number, signal: AbortSignal): AsyncGenerator<readonly ClusterChange[]> {
    this.#requireHeld(from);
    return this.#batches(from, signal);
  }

  #requireHeld(from: number): void {
    if (from > this.#floor) return;
    throw new CompactedError(
      `changes since revision ${from} are no longer kept (the oldest is ${this.#floor + 1}); list again and watch from there`,
    );
  }

  async *#batches(from: number, signal: AbortSignal): AsyncGenerator<readonly ClusterChange[]> {
    this.#requireHeld(from);
    const follower: Follower = {
      queue: this.#changes.filter(({ revision }) => revision >= from),
      weight: 0,
      wake: () => {},
      cutOff: undefined,
    };
    const onAbort = (): void => follower.wake();
    this.#followers.add(follower);
    signal.addEventListener("abort", onAbort);
    try {
      while (true) {
        signal.throwIfAborted();
        if (follower.cutOff) throw follower.cutOff;
        if (follower.queue.length > 0) {
          follower.weight = 0;
          yield follower.queue.splice(0);
        } else await new Promise<void>((resolve) => (follower.wake = resolve));
      }
    } finally {
      this.#followers.delete(follower);
      signal.removeEventListener("abort", onAbort);
    }
  }
}

/** The memory that a change takes, bytes. */
function weightOf(change: ClusterChange | undefined): number {
  switch (change?.kind) {
    case "machine":
      return LEAST_WEIGHT + 2 * charactersIn(Object.entries(change.value?.metadata ?? {}).flat());
    case "attempts":
      return LEAST_WEIGHT + 2 * charactersIn((change.value?.failed ?? []).map(({ reason }) => reason));
    case "hold":
      return LEAST_WEIGHT + 2 * charactersIn(change.value?.machines ?? []);
    default:
      return LEAST_WEIGHT;
  }
}

function charactersIn(texts: readonly string[]): number {
  return texts.reduce((sum, { length }) => sum + length, 0);
}

function sumOf(changes: readonly ClusterChange[]): number {
  return changes.reduce((sum, change) => sum + weightOf(change), 0);
}
