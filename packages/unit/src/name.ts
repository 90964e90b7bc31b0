import { UnitNameError } from "./unit-name-error.ts";
import { shortened } from "./wording.ts";

const TYPES = [
  "automount",
  "busname",
  "device",
  "mount",
  "path",
  "scope",
  "service",
  "slice",
  "snapshot",
  "socket",
  "swap",
  "target",
  "timer",
] as const;

/**
 * fleet's limit, one character above that of systemd and Linux's file systems. The unit's machine refuses a name of
 * 256 characters.
 */
const MAX_LENGTH = 256;

/** The limit of systemd (systemd.unit(5)) and of Linux's file systems. */
export const MOST_LOADABLE_BYTES = 255;

export type UnitType = (typeof TYPES)[number];

const TEMPLATE_TYPES: ReadonlySet<UnitType> = new Set<UnitType>(["path", "service", "socket", "target", "timer"]);

/** The parts of a unit name: `prefix[@instance].type`. */
export interface UnitName {
  readonly name: string;
  /** The text before the first `@`, or before the suffix in a name without `@`. */
  readonly prefix: string;
  /** `1` in `web@1.service`. Unset for templates and plain units. */
  readonly instance?: string;
  readonly type: UnitType;
  /** `web@.service` for `web@1.service`. Set for instances only. */
  readonly template?: string;
  readonly isTemplate: boolean;
}

/** The parts of an unchecked name. */
interface NameParts {
  /** The name without its suffix. */
  readonly stem: string;
  readonly suffix: string;
  readonly prefix: string;
  /** Empty for a template, undefined without an `@`. */
  readonly instance: string | undefined;
}

/**
 * Parses a unit name by fleet's rules: systemd's `unit_name_is_valid`, with templates limited to five types. A valid
 * name contains no `/` and is not `.` or `..`, so the name is safe as a file name.
 *
 * @throws UnitNameError naming the rule that the name breaks.
 */
export function parseUnitName(name: string): UnitName {
  const outcome = read(name);
  if (typeof outcome === "string") throw new UnitNameError(outcome);
  return outcome;
}

export function isUnitName(name: string): boolean {
  return typeof read(name) !== "string";
}

/** Returns a sentence that says why systemd cannot load a unit of this valid name; undefined when systemd can. */
export function unloadableName(name: string): string | undefined {
  if (name.length <= MOST_LOADABLE_BYTES) return undefined;
  return `${subjectOf(name)} has ${name.length} bytes: systemd and Linux accept at most ${MOST_LOADABLE_BYTES}; use a shorter name`;
}

/**
 * Tells whether drop-ins in the unit's directory apply to other units too. `a-.service.d` applies to every service whose
 * name begins with `a-`, and `a@.service.d` to every instance (systemd.unit(5)).
 *
 * @throws UnitNameError for an invalid name.
 */
export function sharesDropIns(name: string): boolean {
  const { prefix, isTemplate } = parseUnitName(name);
  return isTemplate || prefix.endsWith("-");
}

/** Splits a name without checking it. The suffix follows the last dot, and the instance follows the first `@`. */
export function splitUnitName(name: string): NameParts {
  const dot = name.lastIndexOf(".");
  const stem = dot === -1 ? name : name.slice(0, dot);
  const suffix = dot === -1 ? "" : name.slice(dot + 1);
  const at = stem.indexOf("@");
  if (at === -1) return { stem, suffix, prefix: stem, instance: undefined };
  return { stem, suffix, prefix: stem.slice(0, at), instance: stem.slice(at + 1) };
}

/** A sentence that says why a name is invalid. */
type Problem = string;

function read(name: string): UnitName | Problem {
  if (name === "") return "the unit name is empty; write one such as redis.service";
  const subject = subjectOf(name);
  if (name.length > MAX_LENGTH)
    return `${subject} has ${name.length} characters: at most ${MAX_LENGTH} are allowed; use a shorter name`;
  const bad = /[^A-Za-z0-9:_.\\@-]/u.exec(name)?.[0];
  if (bad !== undefined) {
    return `${subject} contains ${JSON.stringify(bad)}; use only A-Z a-z 0-9 : - _ . \\ @ (see systemd-escape(1))`;
  }
  if (!name.includes(".")) return `${subject} has no suffix; add the unit type, as in redis.service`;
  if (name.endsWith(".")) return `${subject} ends in a dot; write the unit type after the dot, as in redis.service`;
  return readParts(name, subject);
}

function subjectOf(name: string): string {
  return `the unit name ${JSON.stringify(shortened(name, 64))}`;
}

function readParts(name: string, subject: string): UnitName | Problem {
  const { stem, suffix, prefix, instance } = splitUnitName(name);
  const type = TYPES.find((known) => known === suffix);
  if (type === undefined)
    return `${subject} ends in ".${suffix}", which is not a unit type; use one of ${TYPES.join(", ")}`;
  if (stem === "") return `${subject} has nothing before its suffix; write a name such as redis.${type}`;
  if (prefix === "") return `${subject} begins with "@"; write the template's name before the "@", as in web@1.${type}`;
  if (instance === undefined) return { name, prefix, type, isTemplate: false };
  if (!TEMPLATE_TYPES.has(type)) {
    return `${subject} has an "@", but a ${type} cannot be a template; only ${Array.from(TEMPLATE_TYPES).join(", ")} can`;
  }
  if (instance === "") return { name, prefix, type, isTemplate: true };
  return { name, prefix, instance, type, template: `${prefix}@.${type}`, isTemplate: false };
}
