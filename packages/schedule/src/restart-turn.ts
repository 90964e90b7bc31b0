import { hasRestarted, type MachineID, type Unit } from "@flotilla/model";
import type { Plan } from "./plan/plan.ts";

/** The copies of a global unit that have yet to be told of the latest request to restart it. */
export interface RestartTurn {
  /** The machine whose copy restarts next; undefined while another copy has not come up after its restart. */
  readonly next: MachineID | undefined;
}

/**
 * The copies of a global unit restart one after the other, by machine ID, so that the others go on; a copy that does
 * not come up ends that. Undefined when every copy on a machine that is present has been told.
 */
export function restartTurn(unit: Unit, plan: Plan): RestartTurn | undefined {
  const { assignments, states } = plan.snapshot;
  if (unit.restart === 0 || unit.desired !== "launched") return undefined;
  let first: MachineID | undefined;
  let isOneUnderWay = false;
  for (const { machineID, restart } of assignments.get(unit.name)?.values() ?? []) {
    if (!plan.roomOf(machineID)) continue;
    if (restart === unit.restart) isOneUnderWay ||= !hasRestarted(states.get(unit.name)?.get(machineID), restart);
    else if (first === undefined || machineID < first) first = machineID;
  }
  return first === undefined ? undefined : { next: isOneUnderWay ? undefined : first };
}
