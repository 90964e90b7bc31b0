import {
  type Assignment,
  type AssignmentWrite,
  attemptsOf,
  type ClusterSnapshot,
  type FailedAttempt,
  shortMachineID,
  type Unit,
} from "@flotilla/model";
import type { Moment } from "./decision.ts";
import { listed } from "./wording.ts";

/** So many machines are lost right after a unit's start there before the unit is held. */
export const MOST_LOSSES = 3;

/** So many before it is held when one machine is left: that one is not put at risk. */
const MOST_BEFORE_THE_LAST = 2;

/** Of a global unit, which nobody expects to run elsewhere instead, one. */
const MOST_GLOBAL_BEFORE_THE_LAST = 1;

/** More is not kept of one unit. */
const MOST_KEPT = 10;

const REASON = "The machine left or was lost within seconds of having been asked to start the unit.";

/**
 * The machine of a unit was lost right after it had been asked to start the unit: a unit that takes its host down must
 * not be carried from one machine to the next. One loss says nothing, for a machine may be lost right after it was
 * asked to start many units; what is there at each of several losses is held. What is on record counts no more,
 * unless the machine was asked again since.
 */
export function lossAt(place: Assignment, snapshot: ClusterSnapshot, moment: Moment): boolean {
  const { machineID, desired, leaving, stopping, askedAt } = place;
  if (snapshot.machines.has(machineID) || desired !== "launched" || leaving || stopping) return false;
  const span = moment.lastStarts.get(machineID);
  if (span === undefined || askedAt < span.from || askedAt > span.to) return false;
  const unit = snapshot.units.get(place.unit);
  // What the unit was before somebody changed it, or asked for its restart, says nothing of it as it is.
  if (unit?.hash !== place.hash || unit.restart !== place.restart) return false;
  return !lossesOf(unit, snapshot).some((loss) => loss.machineID === machineID && loss.at >= askedAt);
}

/** The losses on record that count: those since the unit was last changed, or asked to restart. */
export function lossesOf(unit: Unit, snapshot: ClusterSnapshot): readonly FailedAttempt[] {
  return attemptsOf(unit, snapshot).filter(({ lost }) => lost === true);
}

/** Whether the unit is held: it gets no place until somebody changes it or asks for its restart. */
export function isBlamed(unit: Unit, snapshot: ClusterSnapshot, moment: Moment): boolean {
  const { global } = unit.requirements;
  if (!global && !snapshot.attempts.has(unit.name)) return false;
  const losses = lossesOf(unit, snapshot).length + freshLosses(unit, snapshot, moment).length;
  const mostBeforeTheLast = global ? MOST_GLOBAL_BEFORE_THE_LAST : MOST_BEFORE_THE_LAST;
  return losses >= MOST_LOSSES || (losses >= mostBeforeTheLast && snapshot.machines.size < 2);
}

/** The places that were lost right after the start, and are not on record yet. */
export function freshLosses({ name }: Unit, snapshot: ClusterSnapshot, moment: Moment): readonly Assignment[] {
  const places = snapshot.assignments.get(name);
  if (!places) return [];
  return [...moment.lastStarts.keys()].flatMap((machineID) => {
    const place = places.get(machineID);
    // While the store was out of reach no machine could show that it lived.
    const isAwaited = snapshot.attendance.awaited?.includes(machineID) === true;
    return place && !isAwaited && lossAt(place, snapshot, moment) ? [place] : [];
  });
}

/** Keeps the losses of these places in mind; none if there is nothing to keep. */
export function noteLosses(
  places: readonly Assignment[],
  unit: Unit,
  snapshot: ClusterSnapshot,
  moment: Moment,
): AssignmentWrite[] {
  const lost = places
    .filter((place) => lossAt(place, snapshot, moment))
    .map(({ machineID, since }): FailedAttempt => ({ machineID, since, at: moment.now, reason: REASON, lost: true }));
  if (lost.length === 0) return [];
  const failed = [...attemptsOf(unit, snapshot), ...lost].slice(-MOST_KEPT);
  return [{ action: "note-attempts", unit: unit.name, attempts: { unitRevision: unit.revision, failed } }];
}

export function explainLosses(unit: Unit, snapshot: ClusterSnapshot, moment: Moment): readonly string[] {
  const lost = [...lossesOf(unit, snapshot), ...freshLosses(unit, snapshot, moment)];
  const machines = [...new Set(lost.map(({ machineID }) => shortMachineID(machineID)))];
  const each = machines.length === 1 ? "right after it" : "right after each";
  return [
    `it is held: ${counted(machines)} ${each} was asked to start it`,
    `the nearest fix: find out what it does to its machine, then fleetctl restart ${unit.name} lets it go on`,
  ];
}

function counted(machines: readonly string[]): string {
  return machines.length === 1
    ? `machine ${machines.join()} was lost`
    : `machines ${listed([...machines], "and")} were lost`;
}
