import { type Assignment, hasRestarted, type MachineID, type Unit } from "@flotilla/model";
import type { Placement } from "../placement/placement.ts";

/** The state of a global unit's restart or change of secrets, which goes from copy to copy. */
export interface RestartTurn {
  /** The machine whose copy restarts next; undefined while another copy has not come up after its restart. */
  readonly next: MachineID | undefined;
}

/**
 * Returns whose turn it is to restart, on request or because of a secret's new version. The copies of a global unit
 * restart one after the other, by machine ID, so that the other copies keep running. A copy that does not come up stops
 * the series. Undefined when the request has reached every copy on a present machine.
 */
export function restartTurn(unit: Unit, placement: Placement): RestartTurn | undefined {
  const { assignments, states } = placement.snapshot;
  if ((unit.restart === 0 && unit.secrets === 0) || unit.desired !== "launched") return undefined;
  let first: MachineID | undefined;
  let isOneUnderWay = false;
  for (const assignment of assignments.get(unit.name)?.values() ?? []) {
    const { machineID } = assignment;
    if (!placement.slotOf(machineID)) continue;
    if (isAsked(assignment, unit)) isOneUnderWay ||= !hasRestarted(states.get(unit.name)?.get(machineID), unit);
    else if (first === undefined || machineID < first) first = machineID;
  }
  return first === undefined ? undefined : { next: isOneUnderWay ? undefined : first };
}

/** Whether the assignment has the unit's latest restart request and its newest secrets. */
export function isAsked(assignment: Pick<Assignment, "restart" | "secrets"> | undefined, unit: Unit): boolean {
  return assignment?.restart === unit.restart && assignment.secrets === unit.secrets;
}
