import { type Outcome, runSeed, type RunOptions } from "./run-seed.ts";

/** The most runs of one shrink. */
const MOST_RUNS = 300;

/** Removes steps from a failing history as long as it fails in the same way. */
export async function shrink(failed: Outcome, options: Omit<RunOptions, "only">): Promise<Outcome> {
  let best = failed;
  let runs = 0;
  for (let size = Math.ceil(best.steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < best.steps.length && runs < MOST_RUNS;) {
      const only = best.steps.toSpliced(from, size);
      const outcome = await runSeed(failed.seed, { ...options, only });
      runs += 1;
      if (outcome.violation?.invariant === failed.violation?.invariant) best = outcome;
      else from += size;
    }
  }
  return best;
}
