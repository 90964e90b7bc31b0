import type { Clock } from "./clock.ts";

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

/** A reason of ours, since without one each abort makes a DOMException with a stack. */
const DONE = "done";

/**
 * Resolves at the next poke, at once if there was one since the last wait, and after `ms` milliseconds without any.
 * @throws the signal's reason, as soon as `signal` aborts.
 */
export async function pokedWithin(nudge: Nudge, clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  const done = new AbortController();
  const either = AbortSignal.any([signal, done.signal]);
  const timer = clock.sleep(ms, either);
  const poked = nudge.wait(either);
  try {
    await Promise.race([timer, poked]);
  } finally {
    done.abort(DONE);
    await Promise.allSettled([timer, poked]);
  }
}
