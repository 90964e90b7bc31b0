import type { Clock } from "./clock.ts";
import { CHEAP_REASON, untilAborted } from "./until-aborted.ts";

/**
 * A signal that there may be work. Any number of pokes before the next wait count as one. A poke carries no data,
 * because the work follows from the state alone.
 */
export class Nudge {
  #poked = false;
  #waiting: PromiseWithResolvers<void> | undefined;

  poke(): void {
    this.#poked = true;
    this.#waiting?.resolve();
  }

  /**
   * Resolves at the next poke, or at once if one came since the last wait.
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
      // By now the caller may wait again.
      if (this.#waiting === waiting) this.#waiting = undefined;
    }
  }
}

/**
 * Resolves to true at the next poke, or at once after a poke since the last wait; to false after `ms` milliseconds
 * without one.
 * @throws the signal's reason, as soon as `signal` aborts.
 */
export async function pokedWithin(nudge: Nudge, clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  const done = new AbortController();
  const poked = (): Promise<boolean> =>
    nudge.wait(done.signal).then(
      () => true,
      () => false,
    );
  const late = Promise.withResolvers<boolean>();
  const cancel = clock.after(ms, () => late.resolve(false));
  try {
    return await untilAborted([signal], () => Promise.race([poked(), late.promise]));
  } finally {
    cancel();
    done.abort(CHEAP_REASON);
  }
}
