import type { UnitType } from "../name.ts";
import type { UnitOption } from "../unit-file.ts";
import { currentSpellingOf, X_FLEET_SECTION } from "../x-fleet.ts";
import { nearest } from "./nearest.ts";
import { sectionsOf, SYSTEMD_OPTIONS, SYSTEMD_VERSION } from "./systemd-options.ts";
import { shortened } from "../wording.ts";

/**
 * Warns of probable mistakes outside [X-Fleet]: an option that systemd does not know in its section, or a value that
 * systemd reads differently than people expect. At most one sentence per option and section.
 */
export function* optionWarnings(options: readonly UnitOption[], type: UnitType): Generator<string> {
  for (const [section, ofSection] of Map.groupBy(options, (option) => option.section)) {
    const known = sectionsOf(type).includes(section) ? SYSTEMD_OPTIONS.get(section) : undefined;
    for (const [name, assignments] of Map.groupBy(ofSection, (option) => option.name)) {
      const warning = known?.has(name)
        ? warningOfValues(section, name, assignments)
        : warningOfName(section, name, type, known);
      if (warning !== undefined) yield warning;
    }
  }
}

function warningOfValues(section: string, name: string, assignments: readonly UnitOption[]): string | undefined {
  const action = MACHINE_ACTIONS.has(name) && assignments.find(({ value }) => !HARMLESS_ACTIONS.includes(value));
  if (action)
    return (
      `${name}=${shortened(action.value)} in [${section}] shuts the machine down; the unit then moves ` +
      `and may shut the next machine down too; remove ${name}=`
    );
  const unseen = FREE_TEXT.has(name) ? undefined : assignments.find(({ value }) => UNSEEN.test(value));
  return unseen && `${name}= in [${section}] contains ${unseenIn(unseen.value)}`;
}

function warningOfName(
  section: string,
  name: string,
  type: UnitType,
  known: ReadonlySet<string> | undefined,
): string | undefined {
  const spelling = currentSpellingOf(name);
  if (spelling !== undefined && !section.startsWith("X-")) {
    const home = homeOf(name, type);
    const other = home === undefined ? "" : `, or to systemd's [${home}]`;
    return `${name}= has no effect in [${section}]; move it to [${X_FLEET_SECTION}], as ${spelling}=${other}`;
  }
  return known === undefined || name.startsWith("X-") ? undefined : unknownOption(section, name, type, known);
}

function unknownOption(section: string, name: string, type: UnitType, known: ReadonlySet<string>): string {
  if (!/^[A-Za-z][A-Za-z0-9-]*$/.test(name)) {
    return (
      `${shortened(name)}= in [${section}] is not an option and has no effect; ` +
      "if the line continues the line above, end the line above with a backslash"
    );
  }
  const home = homeOf(name, type);
  if (home !== undefined) return `${name}= has no effect in [${section}]; move it to [${home}]`;
  const unknown = `${shortened(name)}= in [${section}] is unknown to systemd`;
  const meant = nearest(name, known);
  if (meant !== undefined) return `${unknown} and has no effect; the nearest known option is ${meant}=`;
  return `${unknown} up to version ${SYSTEMD_VERSION} and has no effect; check the spelling, or remove the option`;
}

function homeOf(name: string, type: UnitType): string | undefined {
  return sectionsOf(type).find((section) => SYSTEMD_OPTIONS.get(section)?.has(name));
}

/** Options that reboot the machine or power it off when a unit finishes or fails (systemd.unit(5)). */
const MACHINE_ACTIONS: ReadonlySet<string> = new Set([
  "FailureAction",
  "SuccessAction",
  "StartLimitAction",
  "JobTimeoutAction",
]);

const HARMLESS_ACTIONS = ["", "none"];

/** Options whose value is text for people, which may contain no-break spaces on purpose. */
const FREE_TEXT: ReadonlySet<string> = new Set(["Description", "Documentation"]);

/** Characters that look like a space but that systemd reads as text, as in text copied from a web page. */
const UNSEEN = /[\u00a0\u1680\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\v\f\u0085\ufeff]/;

function unseenIn(value: string): string {
  const hexadecimal = (UNSEEN.exec(value)?.[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return `the character U+${hexadecimal}, which looks like a space but is text for systemd; write a space`;
}
