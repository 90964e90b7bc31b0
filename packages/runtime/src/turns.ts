import type { Clock } from "./clock.ts";

/** How long pieces of work may run before the event loop continues with timers, sockets and leases, milliseconds. */
const SLICE_MS = 10;

/**
 * Shares the event loop among pieces of synchronous work: one request is cheap, but a hundred concurrent ones are not.
 * Pieces run in order of arrival. After 10 ms the remaining pieces wait for the next turn of the event loop. A single
 * piece runs at once.
 */
export class Turns {
  readonly #clock: Pick<Clock, "monotonic">;
  /** At most one per caller, since each caller waits for its piece. */
  #waiting: (() => void)[] = [];
  #usedMs = 0;
  #isTurning = false;

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  /**
   * Runs a piece of work. The caller splits long work into several pieces.
   * @throws the error of `work`; the signal's reason, if it aborts before the piece has begun.
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
    // Includes pieces that arrived during this turn.
    this.#waiting = waiting.slice(next);
    if (this.#waiting.length > 0) this.#turnSoon();
  }
}
