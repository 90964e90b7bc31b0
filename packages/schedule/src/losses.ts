import type { Assignment, ClusterSnapshot, FailedAttempt, Unit } from "@flotilla/model";
import { attemptsOf } from "./decide-on-failure.ts";
import type { Moment, Write } from "./decision.ts";
import { listed, shortID } from "./wording.ts";

/** So many machines are lost right after a unit's start there before the unit is held. */
const MOST_LOSSES = 3;

/** So many before it is held when one machine is left: that one is not put at risk. */
const MOST_BEFORE_THE_LAST = 2;

/** More is not kept of one unit. */
const MOST_KEPT = 10;

const REASON = "The machine left or was lost within seconds of having been asked to start the unit.";

/**
 * The machine of a unit was lost right after it had been asked to start the unit: a unit that takes its host down must
 * not be carried from one machine to the next. One loss says nothing, for a machine may be lost right after it was
 * asked to start many units; what is there at each of several losses is held. A loss ends the place, or makes a copy
 * of it, in the write that puts it on record: a place counts once, unless it was given to the unit again since.
 */
export function lossAt(place: Assignment, unit: Unit, snapshot: ClusterSnapshot, moment: Moment): boolean {
  const { machineID, desired, leaving, stopping, askedAt } = place;
  if (snapshot.machines.has(machineID) || desired !== "launched" || leaving || stopping) return false;
  if (unit.requirements.global || unit.requirements.machineID !== undefined) return false;
  const span = moment.lastStarts.get(machineID);
  return span !== undefined && askedAt >= span.from && askedAt <= span.to;
}

/** The losses on record that count: those since the unit was last changed, or asked to restart. */
export function lossesOf(unit: Unit, snapshot: ClusterSnapshot): readonly FailedAttempt[] {
  return attemptsOf(unit, snapshot).filter(({ lost }) => lost === true);
}

/** Whether the unit is held: it gets no place until somebody changes it or asks for its restart. */
export function isBlamed(unit: Unit, snapshot: ClusterSnapshot, moment: Moment): boolean {
  const isOnRecord = snapshot.attempts.has(unit.name);
  if (!isOnRecord) return false;
  const fresh = [...(snapshot.assignments.get(unit.name)?.values() ?? [])].filter((place) =>
    lossAt(place, unit, snapshot, moment),
  );
  const losses = lossesOf(unit, snapshot).length + fresh.length;
  return losses >= MOST_LOSSES || (losses >= MOST_BEFORE_THE_LAST && snapshot.machines.size < 2);
}

/** Keeps the loss in mind; none if there is nothing to keep. */
export function noteLoss(place: Assignment, unit: Unit, snapshot: ClusterSnapshot, moment: Moment): Write[] {
  if (!lossAt(place, unit, snapshot, moment)) return [];
  const { machineID, since } = place;
  const attempt: FailedAttempt = { machineID, since, at: moment.now, reason: REASON, lost: true };
  const failed = [...attemptsOf(unit, snapshot), attempt].slice(-MOST_KEPT);
  return [{ action: "note-attempts", unit: unit.name, attempts: { unitRevision: unit.revision, failed } }];
}

export function explainLosses(unit: Unit, snapshot: ClusterSnapshot, moment: Moment): readonly string[] {
  const fresh = [...(snapshot.assignments.get(unit.name)?.values() ?? [])].filter((place) =>
    lossAt(place, unit, snapshot, moment),
  );
  const machines = new Set([...lossesOf(unit, snapshot), ...fresh].map(({ machineID }) => shortID(machineID)));
  return [
    `it is held: machines ${listed([...machines], "and")} were lost right after each was asked to start it`,
    `the nearest fix: find out what it does to its machine, then fleetctl restart ${unit.name} lets it go on`,
  ];
}
