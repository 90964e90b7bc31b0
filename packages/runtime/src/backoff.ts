export interface BackoffOptions {
  /** The longest first pause, milliseconds. */
  readonly first: number;
  /** The longest pause, milliseconds. */
  readonly most: number;
  /** Returns a number in [0, 1), for jitter: it keeps many machines from retrying at the same moment. */
  readonly random: () => number;
}

/** Exponential pauses with jitter. A pause is at least a tenth of its maximum, so that no loop spins. */
export class Backoff {
  readonly #options: BackoffOptions;
  #failures = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** Returns the pause before the next attempt, milliseconds. Each call counts as a failure. */
  next(): number {
    const { first, most, random } = this.#options;
    const longest = Math.min(most, first * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 30);
    return longest * (0.1 + 0.9 * random());
  }

  /** Call after a success. The next pause is short again. */
  reset(): void {
    this.#failures = 0;
  }

  get failures(): number {
    return this.#failures;
  }
}
