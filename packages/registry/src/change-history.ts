import { CompactedError } from "@flotilla/store";
import type { ClusterChange } from "./cluster-change.ts";
import { SlowReaderError } from "./registry-error.ts";

interface Follower {
  readonly queue: ClusterChange[];
  wake: () => void;
  /** Set when the follower has missed something: it is to be told so, and nothing else. */
  cutOff: Error | undefined;
}

/** A reader may be behind by so many times what is held: its queue costs little, for the changes are shared. */
const PATIENCE = 4;

/** The latest changes, kept so that a watcher can begin at a revision that has just passed. */
export class ChangeHistory {
  readonly #limit: number;
  readonly #followers = new Set<Follower>();
  #changes: ClusterChange[] = [];
  /** Every change after this revision is held. */
  #floor = 0;

  /** @param limit how many changes are held for those who come late, each some 500 bytes; at times twice as many. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Forgets all: what comes next is a fresh listing as of `revision`, not a continuation. Whoever follows has
   * missed what lies between, and is cut off.
   */
  restart(revision: number): void {
    this.#changes = [];
    this.#floor = revision;
    for (const follower of this.#followers) {
      follower.cutOff ??= new CompactedError(
        `Changes before revision ${revision} were missed; list again and watch from there.`,
      );
      follower.wake();
    }
  }

  add(changes: readonly ClusterChange[]): void {
    if (changes.length === 0) return;
    this.#changes.push(...changes);
    // Trimmed at twice the limit, so that the copying is paid once for many changes.
    if (this.#changes.length > 2 * this.#limit) {
      const dropped = this.#changes.length - this.#limit;
      this.#floor = this.#changes[dropped - 1]?.revision ?? this.#floor;
      this.#changes = this.#changes.slice(dropped);
    }
    for (const follower of this.#followers) {
      if (follower.queue.length + changes.length > PATIENCE * this.#limit) {
        follower.cutOff ??= new SlowReaderError("This reader fell too far behind; list again and watch from there.");
      }
      if (!follower.cutOff) follower.queue.push(...changes);
      follower.wake();
    }
  }

  /**
   * Every change with a revision of at least `from`, in batches of whole revisions, until `signal` aborts.
   * @throws CompactedError when changes since `from` are no longer held: from this call, or later from the batches.
   * @throws SlowReaderError from the batches, when the reader falls further behind than four times what the history holds.
   */
  follow(from: number, signal: AbortSignal): AsyncGenerator<readonly ClusterChange[]> {
    this.#requireHeld(from);
    return this.#batches(from, signal);
  }

  #requireHeld(from: number): void {
    if (from > this.#floor) return;
    throw new CompactedError(
      `Changes since revision ${from} are no longer held (the oldest is ${this.#floor + 1}); list again and watch from there.`,
    );
  }

  async *#batches(from: number, signal: AbortSignal): AsyncGenerator<readonly ClusterChange[]> {
    this.#requireHeld(from);
    const follower: Follower = {
      queue: this.#changes.filter(({ revision }) => revision >= from),
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
        if (follower.queue.length > 0) yield follower.queue.splice(0);
        else await new Promise<void>((resolve) => (follower.wake = resolve));
      }
    } finally {
      this.#followers.delete(follower);
      signal.removeEventListener("abort", onAbort);
    }
  }
}
