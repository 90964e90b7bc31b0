import type { Assignment, ClusterSnapshot, Unit } from "@flotilla/model";
import type { Moment } from "./moment.ts";

/**
 * Whether the unit is exclusive. A unit that was exclusive counts as exclusive until its exclusive assignments have
 * ended, because it may become exclusive again while an earlier copy still stops, or runs on a machine that is away.
 */
export function isExclusive({ name, requirements }: Unit, { assignments }: ClusterSnapshot): boolean {
  return (
    requirements.exclusive ||
    assignments
      .get(name)
      ?.values()
      .some(({ exclusive }) => exclusive) === true
  );
}

/** Whether the unit certainly does not run on the machine, and will not be started there. */
export function isOver(
  { unit, machineID, stopping, revision }: Assignment,
  snapshot: ClusterSnapshot,
  { gone }: Moment,
): boolean {
  if (!snapshot.machines.has(machineID)) return gone.has(machineID);
  // mutation: exclusive unit cleared
  return stopping && snapshot.states.get(unit)?.get(machineID)?.cleared === revision;
}
