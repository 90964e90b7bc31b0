import type { Attendance, MachineID } from "@flotilla/model";

/** All machines that an attendance names, with duplicates. */
export function machinesOf({ present, missing, hold }: Attendance): MachineID[] {
  return [...present, ...missing, ...(hold?.machines ?? [])];
}
