/**
 * A computation in steps, for a caller that has other work to do between them. The input must not change until the last
 * step.
 */
export type Steps<T> = Generator<undefined, T, undefined>;

/** Runs all steps without a pause, and returns the result. */
export function runToEnd<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** The effort of one step, some milliseconds. One unit of effort is a comparison of two names, about 50 ns. */
const STEP = 100_000;

/** The effort of one look at a unit, without comparisons: to keep it, to place it, or to decide what to write. */
export const LOOK = 100;

/**
 * The most effort that a decision on one unit may take, some seconds. In a cluster of 10,000 units, a unit with the
 * longest lists that `X_FLEET_LIMITS` allows takes a tenth of that.
 */
const UNIT = 25_000_000;

/**
 * A decision on one unit takes more than its share of effort. The unit is set aside, so that other units do not wait.
 */
export class TooMuchEffortError extends Error {}

/**
 * Counts the effort of a decision, to divide the decision into steps. Effort is not time: the scheduler has no clock.
 */
export class Effort {
  #spent = 0;
  #stepEnd = STEP;
  #unitEnd = Number.POSITIVE_INFINITY;

  /** @throws TooMuchEffortError when the current unit exceeds its share. */
  spend(pieces: number): void {
    this.#spent += pieces;
    if (this.#spent > this.#unitEnd) throw new TooMuchEffortError("it takes too many comparisons of names and globs");
  }

  /** Returns whether the step is used up; if so, begins the next step. */
  isStepOver(): boolean {
    if (this.#spent < this.#stepEnd) return false;
    this.#stepEnd = this.#spent + STEP;
    return true;
  }

  /** Begins the share of one unit. */
  beginUnit(): void {
    this.#unitEnd = this.#spent + UNIT;
  }

  endUnit(): void {
    this.#unitEnd = Number.POSITIVE_INFINITY;
  }
}
