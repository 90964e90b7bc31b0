import { basename } from "node:path";
import { isUnitName } from "@flotilla/unit";

/** What an argument that names no unit may have been meant as: a copy, UNIT@MACHINE. */
export interface CopyLike {
  readonly unit: string;
  /** What stands for the machine: no beginning of an ID, perhaps, or nothing at all. */
  readonly machine: string;
}

/** @returns undefined if what is before the last `@` is no unit's name, which ends with its type. */
export function copyLike(argument: string): CopyLike | undefined {
  const [, unit = "", machine = ""] = /^(.+)@([^@]*)$/.exec(basename(argument)) ?? [];
  // A name that was read before has had its suffix put on.
  return isUnitName(unit) ? { unit, machine: machine.replace(/\.service$/, "") } : undefined;
}

/** To whoever names a copy where only a unit can be named. */
export function takesNoCopies({ unit, machine }: CopyLike): string {
  return `${unit}@${machine}: this command takes no single copies of a unit; name the unit, ${unit}.`;
}

/** To whoever names a copy that there is not. */
export function hasNoCopy({ unit, machine }: CopyLike): string {
  return machine === ""
    ? `${unit}@ names no machine: write the beginning of its ID behind the @, as fleetctl list-machines shows it.`
    : `No machine has an ID that begins with ${machine}: unit ${unit} has no such copy.`;
}
