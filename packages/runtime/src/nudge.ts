/**
 * A level that says "there may be something to do": any number of pokes before the next wait are one.
 * A poke carries no data on purpose: what to do follows from state alone.
 */
export class Nudge {
  #poked = false;
  #waiting: PromiseWithResolvers<void> | undefined;

  poke(): void {
    this.#poked = true;
    this.#waiting?.resolve();
  }

  /**
   * Resolves at once if poked since the last wait, else at the next poke.
   * @throws the signal's reason, as soon as `signal` aborts.
   */
  async wait(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.#poked) await this.#nextPoke(signal);
    this.#poked = false;
  }

  async #nextPoke(signal: AbortSignal): Promise<void> {
    const waiting = Promise.withResolvers<void>();
    const onAbort = (): void => waiting.reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    this.#waiting = waiting;
    try {
      await waiting.promise;
    } finally {
      signal.removeEventListener("abort", onAbort);
      this.#waiting = undefined;
    }
  }
}
