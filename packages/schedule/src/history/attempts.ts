import {
  type Attempts,
  attemptsOf,
  type ClusterSnapshot,
  type FailedAttempt,
  isStarted,
  type Unit,
} from "@flotilla/model";

/** How many failed attempts of one unit are kept. */
const MOST_KEPT = 10;

/** The record of a unit with further attempts. */
export function withAttempts(unit: Unit, more: readonly FailedAttempt[], snapshot: ClusterSnapshot): Attempts {
  return { unitRevision: unit.revision, failed: [...attemptsOf(unit, snapshot), ...more].slice(-MOST_KEPT) };
}

/**
 * The recorded failed attempt on the unit's present machine; undefined if the unit runs there by now. The loss of a
 * machine is no failure of the unit once the unit has a place on that machine again.
 */
export function failureHere(unit: Unit, snapshot: ClusterSnapshot): FailedAttempt | undefined {
  const last = attemptsOf(unit, snapshot).at(-1);
  const place = last && snapshot.assignments.get(unit.name)?.get(last.machineID);
  if (!place || last.lost || place.leaving || place.since !== last.since) return undefined;
  const state = snapshot.states.get(unit.name)?.get(last.machineID);
  return state && isStarted(state) ? undefined : last;
}
