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
 * fleet's limit. It passes one character more than systemd and Linux's file systems take: such a name is refused
 * by its machine.
 */
const MAX_LENGTH = 256;

/** systemd's limit (systemd.unit(5)) and that of Linux's file systems for the name of a file. */
export const MOST_LOADABLE_BYTES = 255;

export type UnitType = (typeof TYPES)[number];

const TEMPLATE_TYPES: ReadonlySet<UnitType> = new Set<UnitType>(["path", "service", "socket", "target", "timer"]);

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

/** A name split by its punctuation alone; nothing in it has been judged. */
interface NameParts {
  /** All before the suffix. */
  readonly stem: string;
  readonly suffix: string;
  readonly prefix: string;
  /** Empty for a template, undefined without an `@`. */
  readonly instance: string | undefined;
}

/**
 * Takes a unit's name apart. The rules are fleet's, which are systemd's `unit_name_is_valid` with templates
 * limited to five types. A valid name holds no `/` and is not `.` or `..`, so it is safe as a file's name.
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

/** Why systemd takes no unit of this valid name, in a sentence; undefined when it does. */
export function unloadableName(name: string): string | undefined {
  if (name.length <= MOST_LOADABLE_BYTES) return undefined;
  const limit = `systemd and Linux take names of up to ${MOST_LOADABLE_BYTES} bytes; this one has ${name.length}`;
  return `${subjectOf(name)} cannot be loaded: ${limit}.`;
}

/**
 * True when drop-ins in the unit's own directory reach other units too: those of `a-.service.d` every unit whose name
 * begins with `a-`, those of `a@.service.d` every instance (systemd.unit(5)).
 *
 * @throws UnitNameError for a bad name.
 */
export function sharesDropIns(name: string): boolean {
  const { prefix, isTemplate } = parseUnitName(name);
  return isTemplate || prefix.endsWith("-");
}

/** The suffix follows the last dot, the instance the first `@`. */
export function splitUnitName(name: string): NameParts {
  const dot = name.lastIndexOf(".");
  const stem = dot === -1 ? name : name.slice(0, dot);
  const suffix = dot === -1 ? "" : name.slice(dot + 1);
  const at = stem.indexOf("@");
  if (at === -1) return { stem, suffix, prefix: stem, instance: undefined };
  return { stem, suffix, prefix: stem.slice(0, at), instance: stem.slice(at + 1) };
}

/** What is wrong with a name, as a sentence. */
type Problem = string;

function read(name: string): UnitName | Problem {
  if (name === "") return "A unit's name is empty: give one such as redis.service.";
  const subject = subjectOf(name);
  if (name.length > MAX_LENGTH) return `${subject} has ${name.length} characters: use at most ${MAX_LENGTH}.`;
  const bad = /[^A-Za-z0-9:_.\\@-]/u.exec(name)?.[0];
  if (bad !== undefined) {
    return `${subject} contains ${JSON.stringify(bad)}: use only A-Z a-z 0-9 : - _ . \\ @ (systemd-escape helps).`;
  }
  if (!name.includes(".")) return `${subject} has no suffix: add the unit's type, as in redis.service.`;
  if (name.endsWith(".")) return `${subject} ends in a dot: put the unit's type after it, as in redis.service.`;
  return readParts(name, subject);
}

function subjectOf(name: string): string {
  return `The unit name ${JSON.stringify(shortened(name, 64))}`;
}

function readParts(name: string, subject: string): UnitName | Problem {
  const { stem, suffix, prefix, instance } = splitUnitName(name);
  const type = TYPES.find((known) => known === suffix);
  if (type === undefined)
    return `${subject} ends in ".${suffix}", which is no unit type: use one of ${TYPES.join(", ")}.`;
  if (stem === "") return `${subject} has nothing before its suffix: give one such as redis.${type}.`;
  if (prefix === "") return `${subject} begins with "@": put the template's name before it, as in web@1.${type}.`;
  if (instance === undefined) return { name, prefix, type, isTemplate: false };
  if (!TEMPLATE_TYPES.has(type)) {
    return `${subject} has an "@", but a ${type} cannot be a template: only ${Array.from(TEMPLATE_TYPES).join(", ")} can.`;
  }
  if (instance === "") return { name, prefix, type, isTemplate: true };
  return { name, prefix, instance, type, template: `${prefix}@.${type}`, isTemplate: false };
}
