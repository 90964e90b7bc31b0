import {
  type Assignment,
  type AssignmentWrite,
  attemptsOf,
  type ClusterSnapshot,
  type FailedAttempt,
  shortMachineID,
  type Unit,
} from "@flotilla/model";
import { listed } from "../wording.ts";
import { withAttempts } from "./attempts.ts";
import type { Moment } from "./moment.ts";

/** After this many losses of machines right after its start, a unit is held. */
export const MOST_LOSSES = 3;

/** The same if only one machine is left: the last machine is not put at risk. */
const MOST_BEFORE_THE_LAST = 2;

/** The same for a global unit, which need not run elsewhere instead. */
const MOST_GLOBAL_BEFORE_THE_LAST = 1;

const REASON = "the machine left or was lost within seconds of being asked to start the unit";

/**
 * Whether the machine of a place was lost right after it was asked to start the unit. A unit that takes its host down
 * must not be moved from machine to machine. One loss proves nothing, because a machine may be lost right after it was
 * asked to start many units. A unit that was there at each of several losses is held. A recorded loss does not count
 * again, unless the machine was asked again since.
 */
export function lossAt(place: Assignment, snapshot: ClusterSnapshot, moment: Moment): boolean {
  const { machineID, desired, leaving, stopping, askedAt } = place;
  if (snapshot.machines.has(machineID) || desired !== "launched" || leaving || stopping) return false;
  const span = moment.lastStarts.get(machineID);
  if (span === undefined || askedAt < span.from || askedAt > span.to) return false;
  const unit = snapshot.units.get(place.unit);
  // A loss after the start of an older version, or before a requested restart, proves nothing about the present unit.
  if (unit?.hash !== place.hash || unit.restart !== place.restart) return false;
  return !lossesOf(unit, snapshot).some((loss) => loss.machineID === machineID && loss.at >= askedAt);
}

/** The recorded losses since the unit was last changed or asked to restart. */
export function lossesOf(unit: Unit, snapshot: ClusterSnapshot): readonly FailedAttempt[] {
  return attemptsOf(unit, snapshot).filter(({ lost }) => lost === true);
}

/** Whether losses hold the unit: it gets no place until an operator changes it or requests its restart. */
export function isHeldForLosses(unit: Unit, snapshot: ClusterSnapshot, moment: Moment): boolean {
  const { global } = unit.requirements;
  if (!global && !snapshot.attempts.has(unit.name)) return false;
  const losses = lossesOf(unit, snapshot).length + freshLosses(unit, snapshot, moment).length;
  const mostBeforeTheLast = global ? MOST_GLOBAL_BEFORE_THE_LAST : MOST_BEFORE_THE_LAST;
  return losses >= MOST_LOSSES || (losses >= mostBeforeTheLast && snapshot.machines.size < 2);
}

/** The places that were lost right after the start and are not recorded yet. */
export function freshLosses({ name }: Unit, snapshot: ClusterSnapshot, moment: Moment): readonly Assignment[] {
  const places = snapshot.assignments.get(name);
  if (!places) return [];
  return [...moment.lastStarts.keys()].flatMap((machineID) => {
    const place = places.get(machineID);
    // While the store was out of reach no machine could show that it was alive.
    const isAwaited = snapshot.attendance.awaited?.includes(machineID) === true;
    return place && !isAwaited && lossAt(place, snapshot, moment) ? [place] : [];
  });
}

/** The write that records the losses of these places; empty if no place was lost. */
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
  return [{ action: "note-attempts", unit: unit.name, attempts: withAttempts(unit, lost, snapshot) }];
}

/** Returns why losses hold the unit, and how an operator can start it again. */
export function explainLosses(unit: Unit, snapshot: ClusterSnapshot, moment: Moment): readonly string[] {
  const lost = [...lossesOf(unit, snapshot), ...freshLosses(unit, snapshot, moment)];
  const machines = [...new Set(lost.map(({ machineID }) => shortMachineID(machineID)))];
  const each = machines.length === 1 ? "right after it" : "right after each";
  return [
    `it is held: ${lostMachines(machines)} ${each} was asked to start it`,
    `the nearest fix: find out what the unit does to its machine, then run fleetctl restart ${unit.name}`,
  ];
}

function lostMachines(machines: readonly string[]): string {
  return machines.length === 1
    ? `machine ${machines.join()} was lost`
    : `machines ${listed([...machines], "and")} were lost`;
}
