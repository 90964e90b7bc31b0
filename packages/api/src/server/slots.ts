import { RequestError } from "./request-error.ts";

/** Counts what lasts, such as streams: there may be so many, and one more is refused. */
export class Slots {
  readonly #most: number;
  readonly #what: string;
  #taken = 0;

  /** @param what they are, in the plural, for the sentence. */
  constructor(most: number, what: string) {
    this.#most = most;
    this.#what = what;
  }

  /**
   * Runs `work` while it holds a slot.
   * @throws RequestError when there is none left; what `work` throws.
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#taken >= this.#most)
      throw new RequestError(
        "busy",
        `This daemon serves ${this.#most} ${this.#what}, as many as it may; end some, or ask another daemon.`,
      );
    this.#taken += 1;
    try {
      return await work();
    } finally {
      this.#taken -= 1;
    }
  }
}
