import type { MachineID } from "./machine.ts";

/**
 * Which machines are present, missing or away. The leader writes the attendance, so that its successor knows which
 * machines were present.
 */
export interface Attendance {
  /** The machines that were in the cluster when attendance was last taken; sorted. */
  readonly present: readonly MachineID[];
  /** The machines that vanished within the last mass-loss window; sorted. */
  readonly missing: readonly MachineID[];
  readonly hold?: Hold | undefined;
  /** The missing machines whose silence does not count yet, because the store was out of reach; sorted. */
  readonly awaited?: readonly MachineID[] | undefined;
}

/** The attendance before it is first taken. */
export const EMPTY_ATTENDANCE: Attendance = { present: [], missing: [] };

/** Many machines vanished together. Their units are not moved, because the remaining machines might not cope with them. */
export interface Hold {
  /** When the hold began, milliseconds since the epoch. It is also the hold's name. */
  readonly since: number;
  /** The machines that are away or miss their heartbeats; sorted. */
  readonly machines: readonly MachineID[];
  /** How many machines the cluster had. */
  readonly of: number;
}

/** Whether the units of a machine that is away stay assigned to it for now. */
export function isHeld({ hold, awaited }: Attendance, machineID: MachineID): boolean {
  // mutation: held machine
  return hold?.machines.includes(machineID) === true || awaited?.includes(machineID) === true;
}
