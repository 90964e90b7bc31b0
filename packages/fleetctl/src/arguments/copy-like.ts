import { basename } from "node:path";
import { isUnitName } from "@flotilla/unit";

/** An argument that looks like a copy of a unit, `UNIT@MACHINE`, but names no known copy. */
export interface CopyLike {
  readonly unit: string;
  /** The text after the `@`: possibly no prefix of a machine ID, or empty. */
  readonly machine: string;
}

/** @returns undefined if the text before the last `@` is not the name of a unit with its type. */
export function copyLike(argument: string): CopyLike | undefined {
  const [, unit = "", machine = ""] = /^(.+)@([^@]*)$/.exec(basename(argument)) ?? [];
  // unitNameOf() may have appended the suffix.
  return isUnitName(unit) ? { unit, machine: machine.replace(/\.service$/, "") } : undefined;
}

/** The message for a copy given to a command that takes only units. */
export function takesNoCopies({ unit, machine }: CopyLike): string {
  return `cannot use ${unit}@${machine}: this command does not take a copy of a unit; give ${unit}`;
}

/** The message for a copy that does not exist. */
export function hasNoCopy({ unit, machine }: CopyLike): string {
  return machine === ""
    ? `cannot find a copy ${unit}@: no machine given; add the first characters of its ID or its host name, see fleetctl list-machines`
    : `unit ${unit} has no copy on ${machine}: no machine is named ${machine}; see fleetctl list-machines`;
}
