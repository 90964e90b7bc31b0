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

/** Pieces of effort that a step may take: some milliseconds. A piece is a comparison of two names, some 50 ns. */
const STEP = 100_000;

/** What a look at one unit takes beside comparisons: to keep it where it is, to place it, to say what is to be written. */
export const LOOK = 100;

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

  /** What follows concerns one unit, which has its share of effort. */
  beginUnit(): void {
    this.#unitEnd = this.#spent + UNIT;
  }

  endUnit(): void {
    this.#unitEnd = Number.POSITIVE_INFINITY;
  }
}
