import type { Clock } from "./clock.ts";

/**
 * A signal that there may be work. Any number of pokes before the next wait count as one. A poke carries no data,
 * because the work follows from the state alone.
 */
export class Nudge {
  #poked = false;
  #waiting: PromiseWithResolvers<boolean> | undefined;

  poke(): void {
    this.#poked = true;
    this.#waiting?.resolve(true);
  }

  /**
   * Resolves at the next poke, or at once if one came since the last wait.
   * @throws the signal's reason, as soon as `signal` aborts.
   */
  async wait(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.#poked) await this.#nextPoke(Promise.withResolvers<boolean>(), signal);
    this.#poked = false;
  }

  /**
   * Resolves to true at the next poke, or at once after a poke since the last wait; to false after `ms` milliseconds
   * without one.
   * @throws the signal's reason, as soon as `signal` aborts.
   */
  async waitAtMost(ms: number, clock: Pick<Clock, "after">, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    if (!this.#poked) {
      const waiting = Promise.withResolvers<boolean>();
      const cancel = clock.after(ms, () => waiting.resolve(false));
      try {
        if (!(await this.#nextPoke(waiting, signal))) return false;
      } finally {
        cancel();
      }
    }
    this.#poked = false;
    return true;
  }

  async #nextPoke(waiting: PromiseWithResolvers<boolean>, signal: AbortSignal): Promise<boolean> {
    const onAbort = (): void => waiting.reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    this.#waiting = waiting;
    try {
      return await waiting.promise;
    } finally {
      signal.removeEventListener("abort", onAbort);
      // By now the caller may wait again.
      if (this.#waiting === waiting) this.#waiting = undefined;
    }
  }
}
