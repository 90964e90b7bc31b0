import { untilAborted } from "@flotilla/runtime";
import { LinkUnavailableError } from "../port/link-error.ts";

/** Limits how many requests run at one time, and how many wait. Those that wait run in the order of their arrival. */
export class Slots {
  readonly #most: number;
  readonly #mostWaiting: number;
  readonly #waiting = new Set<() => void>();
  #taken = 0;

  constructor(most: number, mostWaiting: number) {
    this.#most = most;
    this.#mostWaiting = mostWaiting;
  }

  /** Runs `work` when a slot is free. */
  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (this.#taken >= this.#most) await this.#wait(signal);
    else this.#taken += 1;
    try {
      return await work();
    } finally {
      this.#pass();
    }
  }

  async #wait(signal: AbortSignal): Promise<void> {
    if (this.#waiting.size >= this.#mostWaiting)
      throw new LinkUnavailableError(`${this.#mostWaiting} requests wait for the server, the maximum`);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    try {
      await untilAborted([signal], () => promise);
    } catch (error) {
      // A slot that was passed on in the same turn goes to the next.
      if (!this.#waiting.delete(resolve)) this.#pass();
      throw error;
    }
  }

  /** Gives the slot to the first that waits. */
  #pass(): void {
    const [first] = this.#waiting;
    if (first === undefined) this.#taken -= 1;
    else {
      this.#waiting.delete(first);
      first();
    }
  }
}
