import {
  type Attempts,
  attemptsOf,
  type ClusterSnapshot,
  type FailedAttempt,
  isStarted,
  type Unit,
} from "@flotilla/model";

/** Failed attempts that are kept of one unit. */
const MOST_KEPT = 10;

/** The record of a unit with further attempts. */
export function withAttempts(unit: Unit, more: readonly FailedAttempt[], snapshot: ClusterSnapshot): Attempts {
  return { unitRevision: unit.revision, failed: [...attemptsOf(unit, snapshot), ...more].slice(-MOST_KEPT) };
}

/**
 * The attempt that failed where the unit is now, if it is on record and the unit does not run there by now. A lost
 * machine is no failure of the unit in the place that the unit has there again.
 */
export function failureHere(unit: Unit, snapshot: ClusterSnapshot): FailedAttempt | undefined {
  const last = attemptsOf(unit, snapshot).at(-1);
  const place = last && snapshot.assignments.get(unit.name)?.get(last.machineID);
  if (!place || last.lost || place.leaving || place.since !== last.since) return undefined;
  const state = snapshot.states.get(unit.name)?.get(last.machineID);
  return state && isStarted(state) ? undefined : last;
}
