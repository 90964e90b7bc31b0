import type { Clock } from "./clock.ts";

/** What pieces of work may take together before timers, sockets and leases get their turn, milliseconds. */
const SLICE_MS = 10;

/**
 * Shares the event loop among pieces of synchronous work: each request is cheap, and a hundred that come together are
 * not. Pieces run in the order in which they came; once they have taken 10 ms, the rest waits until the loop has turned.
 * A piece that comes alone runs at once.
 */
export class Turns {
  readonly #clock: Pick<Clock, "monotonic">;
  /** No more than there are callers: each waits for its own piece. */
  #waiting: (() => void)[] = [];
  #usedMs = 0;
  #isTurning = false;

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  /**
   * Runs one piece of work; what takes long must be cut into several.
   * @returns what `work` returns.
   * @throws what `work` throws; the signal's reason, when it aborts before the piece has begun.
   */
  async run<T>(work: () => T, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    if (this.#waiting.length === 0 && this.#usedMs < SLICE_MS) return this.#piece(work);
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#waiting.push(() => {
      try {
        signal?.throwIfAborted();
        resolve(this.#piece(work));
      } catch (error) {
        reject(error);
      }
    });
    return promise;
  }

  #piece<T>(work: () => T): T {
    const begun = this.#clock.monotonic();
    try {
      return work();
    } finally {
      this.#usedMs += this.#clock.monotonic() - begun;
      this.#turnSoon();
    }
  }

  #turnSoon(): void {
    if (this.#isTurning) return;
    this.#isTurning = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    this.#isTurning = false;
    this.#usedMs = 0;
    const waiting = this.#waiting;
    let next = 0;
    while (next < waiting.length && this.#usedMs < SLICE_MS) waiting[next++]?.();
    // What came during this turn has been added to the same list.
    this.#waiting = waiting.slice(next);
    if (this.#waiting.length > 0) this.#turnSoon();
  }
}
