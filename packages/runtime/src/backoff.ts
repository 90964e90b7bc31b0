/** How long to wait before the n-th try again. */
export interface BackoffOptions {
  /** Upper bound of the first pause, milliseconds. */
  readonly first: number;
  /** Upper bound of every pause, milliseconds. */
  readonly most: number;
  /** A number in [0, 1): the jitter that keeps many machines from coming back at one moment. */
  readonly random: () => number;
}

/** Exponential pauses with full jitter, never under a tenth of their bound so that no loop runs hot. */
export class Backoff {
  readonly #options: BackoffOptions;
  #failures = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** The pause before the next try, milliseconds; each call counts as one more failure. */
  next(): number {
    const { first, most, random } = this.#options;
    const bound = Math.min(most, first * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 30);
    return bound * (0.1 + 0.9 * random());
  }

  /** Call after a success: the next pause is short again. */
  reset(): void {
    this.#failures = 0;
  }

  get failures(): number {
    return this.#failures;
  }
}
