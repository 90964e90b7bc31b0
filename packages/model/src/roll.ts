import type { MachineID } from "./machine.ts";

/** The leader's roll of the machines, kept in the store so that the next leader knows who was there. */
export interface Roll {
  /** The machines that were in the cluster when the roll was called last; sorted. */
  readonly present: readonly MachineID[];
  /** Those that vanished a short while ago; sorted. */
  readonly missing: readonly MachineID[];
  readonly hold?: Hold | undefined;
  /** Away since the store itself was out of reach, so that they may not have had the time to be back; sorted. */
  readonly awaited?: readonly MachineID[] | undefined;
}

/** Before the roll is called for the first time. */
export const EMPTY_ROLL: Roll = { present: [], missing: [] };

/** So many machines vanished together that their units are not moved: the rest might not bear them. */
export interface Hold {
  /** When it began, in milliseconds since the epoch: for people, and as its name. */
  readonly since: number;
  /** The machines that are away or miss their heartbeats; sorted. */
  readonly machines: readonly MachineID[];
  /** How many machines the cluster had. */
  readonly of: number;
}

/** Whether the units of a machine, which is away, stay assigned to it for now. */
export function isHeld({ hold, awaited }: Roll, machineID: MachineID): boolean {
  // mutation: held machine
  return hold?.machines.includes(machineID) === true || awaited?.includes(machineID) === true;
}
