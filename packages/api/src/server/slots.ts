import { RequestError } from "./request-error.ts";

/** Limits the number of long tasks, such as streams. A task above the limit is refused. */
export class Slots {
  readonly #most: number;
  readonly #what: string;
  #taken = 0;

  /** @param what the tasks in the plural, for the message. */
  constructor(most: number, what: string) {
    this.#most = most;
    this.#what = what;
  }

  /**
   * Runs `work` while it holds a slot.
   * @throws RequestError if no slot is free; the error of `work`.
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#taken >= this.#most)
      throw new RequestError(
        "busy",
        `this daemon serves ${this.#most} ${this.#what}, the maximum; end some, or ask another daemon`,
      );
    this.#taken += 1;
    try {
      return await work();
    } finally {
      this.#taken -= 1;
    }
  }
}
