import { basename, dirname, join } from "node:path";
import { isUnitName, parseUnitName } from "@flotilla/unit";

/**
 * The unit that an argument names, by fleet's rules: a path stands for its last part, and a name that does not end
 * in a unit type is a service.
 *
 * @throws UnitNameError if that is no unit's name.
 */
export function unitNameOf(argument: string): string {
  const name = withSuffix(basename(argument));
  return parseUnitName(name).name;
}

/** Where the argument's unit file would be, relative to the working directory. */
export function unitPathOf(argument: string): string {
  return join(dirname(argument), withSuffix(basename(argument)));
}

/** True for a shell-style pattern, to be matched against the names that the cluster knows. */
export function isPattern(argument: string): boolean {
  return /[*?[]/.test(basename(argument));
}

function withSuffix(name: string): string {
  const dot = name.lastIndexOf(".");
  // Of the templates' types and the others alike, `x.type` is a name if and only if the type exists.
  return dot !== -1 && isUnitName(`x${name.slice(dot)}`) ? name : `${name}.service`;
}
