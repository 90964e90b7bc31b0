/**
 * A computation in steps, for a caller that has other things to do between them. It ends with its result, whatever
 * happens between its steps as long as its input stays the same.
 */
export type Steps<T> = Generator<undefined, T, undefined>;

/** Runs all steps, one right after the other. */
export function runToEnd<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** Pieces of effort that a step may take: some milliseconds. */
const STEP = 20_000;

/**
 * Pieces of effort that a decision on one unit may take: some seconds. A unit that asks for the most that
 * `X_FLEET_BOUNDS` allow takes a tenth among ten thousand units.
 */
const UNIT = 25_000_000;

/** A decision on one unit takes more than its share: the others must not wait for it. */
export class TooMuchEffortError extends Error {}

/** Counts what a decision costs, so that it can be cut in steps: by pieces of work, for the scheduler has no clock. */
export class Effort {
  #spent = 0;
  #stepEnd = STEP;
  #unitEnd = Number.POSITIVE_INFINITY;

  /** @throws TooMuchEffortError when the unit that is being decided on has had its share. */
  spend(pieces: number): void {
    this.#spent += pieces;
    if (this.#spent > this.#unitEnd) throw new TooMuchEffortError("it takes too many comparisons of names and globs");
  }

  /** True when a step has taken enough; the next one begins with that. */
  isStepOver(): boolean {
    if (this.#spent < this.#stepEnd) return false;
    this.#stepEnd = this.#spent + STEP;
    return true;
  }

  /** Runs what concerns one unit, which has its share of effort. */
  forUnit<T>(run: () => T): T {
    this.#unitEnd = this.#spent + UNIT;
    try {
      return run();
    } finally {
      this.#unitEnd = Number.POSITIVE_INFINITY;
    }
  }
}
