import { UnitNameError } from "./unit-name-error.ts";

const TYPES = [
  "automount", "busname", "device", "mount", "path", "scope", "service",
  "slice", "snapshot", "socket", "swap", "target", "timer",
] as const; // prettier-ignore

const TEMPLATE_TYPES: readonly string[] = ["path", "service", "socket", "target", "timer"];

/** fleet's limit, taken from systemd's UNIT_NAME_MAX. */
const MAX_LENGTH = 256;

export type UnitType = (typeof TYPES)[number];

/** A unit's name, taken apart: `prefix[@instance].type`. */
export interface UnitName {
  readonly name: string;
  /** What stands before the first `@`, or before the suffix where there is none. */
  readonly prefix: string;
  /** Of `web@1.service`: `1`. Unset for templates and for plain units. */
  readonly instance?: string;
  readonly type: UnitType;
  /** Of `web@1.service`: `web@.service`. Set for instances only. */
  readonly template?: string;
  readonly isTemplate: boolean;
}

/**
 * Takes a unit's name apart. The rules are fleet's, which are systemd's `unit_name_is_valid` with templates
 * limited to five types. A valid name holds no `/` and is not `.` or `..`, so it is safe as a file's name.
 *
 * @throws UnitNameError naming the rule that the name breaks.
 */
export function parseUnitName(name: string): UnitName {
  const problem = problemOf(name);
  if (problem !== undefined) throw new UnitNameError(problem);
  const { stem, type, prefix, instance } = splitUnitName(name);
  if (!isUnitType(type)) throw new UnitNameError(unknownType(name, type));
  if (instance === undefined) return { name, prefix: stem, type, isTemplate: false };
  if (instance === "") return { name, prefix, type, isTemplate: true };
  return { name, prefix, instance, type, template: `${prefix}@.${type}`, isTemplate: false };
}

export function isUnitName(name: string): boolean {
  return problemOf(name) === undefined;
}

interface NameParts {
  /** All before the suffix. */
  readonly stem: string;
  readonly type: string;
  readonly prefix: string;
  /** Empty for a template, undefined without an `@`. */
  readonly instance: string | undefined;
}

/** Splits without judging: the suffix follows the last dot, the instance follows the first `@`. */
export function splitUnitName(name: string): NameParts {
  const dot = name.lastIndexOf(".");
  const stem = dot === -1 ? name : name.slice(0, dot);
  const type = dot === -1 ? "" : name.slice(dot + 1);
  const at = stem.indexOf("@");
  if (at === -1) return { stem, type, prefix: stem, instance: undefined };
  return { stem, type, prefix: stem.slice(0, at), instance: stem.slice(at + 1) };
}

function problemOf(name: string): string | undefined {
  const shown = JSON.stringify(name.length > 64 ? `${name.slice(0, 64)}…` : name);
  if (name === "") return "A unit's name is empty: give one such as redis.service.";
  if (name.length > MAX_LENGTH) {
    return `The unit name ${shown} has ${name.length} characters: shorten it to ${MAX_LENGTH} or fewer.`;
  }
  const bad = /[^A-Za-z0-9:_.\\@-]/u.exec(name)?.[0];
  if (bad !== undefined) {
    return `The unit name ${shown} contains ${JSON.stringify(bad)}: use only A-Z a-z 0-9 : - _ . \\ @ (systemd-escape writes other characters as \\xNN).`;
  }
  if (!name.includes(".")) return `The unit name ${shown} has no suffix: add its type, as in ${name}.service.`;
  if (name.endsWith(".")) return `The unit name ${shown} ends in a dot: put the unit's type after it, as in redis.service.`;
  const { stem, type, instance } = splitUnitName(name);
  if (!isUnitType(type)) return unknownType(shown, type);
  if (stem === "") return `The unit name ${shown} has nothing before its suffix: give one such as redis.${type}.`;
  if (name.startsWith("@")) return `The unit name ${shown} begins with "@": put the template's name before it, as in web@1.${type}.`;
  if (instance !== undefined && !TEMPLATE_TYPES.includes(type)) {
    return `The unit name ${shown} has an "@", but a ${type} cannot be a template: only ${TEMPLATE_TYPES.join(", ")} can.`;
  }
  return undefined;
}

function unknownType(shown: string, type: string): string {
  return `The unit name ${shown} ends in .${type}, which is no unit type: use one of ${TYPES.join(", ")}.`;
}

function isUnitType(type: string): type is UnitType {
  return (TYPES as readonly string[]).includes(type);
}
