import type { FailedAttempt } from "@flotilla/model";

const FIRST_MS = 30_000;
const MOST_MS = 600_000;

/**
 * How long a unit stays where it has failed before it moves, milliseconds: zero the first time, then half a minute,
 * doubled each time up to ten minutes.
 */
export function pauseAfter(failed: readonly FailedAttempt[]): number {
  return failed.length < 2 ? 0 : Math.min(MOST_MS, FIRST_MS * 2 ** (failed.length - 2));
}
