import { basename, dirname, join } from "node:path";
import { isUnitName, parseUnitName } from "@flotilla/unit";

/**
 * The unit that an argument names. By fleet's rules, only the last part of a path counts, and a name that does not end
 * with a unit type is the name of a service.
 *
 * @throws UnitNameError for an invalid unit name.
 */
export function unitNameOf(argument: string): string {
  const name = withSuffix(basename(argument));
  return parseUnitName(name).name;
}

/** The path of the argument's unit file, relative to the working directory. */
export function unitPathOf(argument: string): string {
  return join(dirname(argument), withSuffix(basename(argument)));
}

/** Whether the argument is a shell-style pattern over the names of the cluster's units. */
export function isPattern(argument: string): boolean {
  return /[*?[]/.test(basename(argument));
}

function withSuffix(name: string): string {
  const dot = name.lastIndexOf(".");
  // `x.TYPE` is a unit name if and only if the type exists, for templates as well.
  return dot !== -1 && isUnitName(`x${name.slice(dot)}`) ? name : `${name}.service`;
}
