import type { UnitType } from "../name.ts";
import type { UnitOption } from "../unit-file.ts";
import { currentSpellingOf, X_FLEET_SECTION } from "../x-fleet.ts";
import { nearest } from "./nearest.ts";
import { sectionsOf, SYSTEMD_OPTIONS, SYSTEMD_VERSION } from "./systemd-options.ts";
import { shortened } from "../wording.ts";

/**
 * What is probably not meant about options outside [X-Fleet]: systemd does not know one where it stands, or reads another
 * value than a person sees. One sentence an option of a section, however often it is given.
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
      `${name}=${shortened(action.value)} in [${section}] takes the machine down; the unit then starts on another machine, ` +
      "and may take that down, too: leave it out."
    );
  const unseen = FREE_TEXT.has(name) ? undefined : assignments.find(({ value }) => UNSEEN.test(value));
  return unseen && `${name}= in [${section}] holds ${unseenIn(unseen.value)}.`;
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
    return `${name}= has no effect in [${section}]: move it to [${X_FLEET_SECTION}], as ${spelling}=${other}.`;
  }
  return known === undefined || name.startsWith("X-") ? undefined : unknownOption(section, name, type, known);
}

function unknownOption(section: string, name: string, type: UnitType, known: ReadonlySet<string>): string {
  if (!/^[A-Za-z][A-Za-z0-9-]*$/.test(name)) {
    return (
      `${shortened(name)}= in [${section}] is no option and has no effect: ` +
      "if it belongs to the line above, end that one with a backslash."
    );
  }
  const home = homeOf(name, type);
  if (home !== undefined) return `${name}= has no effect in [${section}]: systemd reads it in [${home}].`;
  const unknown = `${shortened(name)}= in [${section}] is not known to systemd`;
  const meant = nearest(name, known);
  if (meant !== undefined) return `${unknown} and has no effect: the nearest known option is ${meant}=.`;
  return `${unknown}, up to version ${SYSTEMD_VERSION}, and has no effect there.`;
}

function homeOf(name: string, type: UnitType): string | undefined {
  return sectionsOf(type).find((section) => SYSTEMD_OPTIONS.get(section)?.has(name));
}

/** Options that reboot the machine, or switch it off, at the end or the failure of a unit (systemd.unit(5)). */
const MACHINE_ACTIONS: ReadonlySet<string> = new Set([
  "FailureAction",
  "SuccessAction",
  "StartLimitAction",
  "JobTimeoutAction",
]);

const HARMLESS_ACTIONS = ["", "none"];

/** For people to read, where a no-break space may well be meant. */
const FREE_TEXT: ReadonlySet<string> = new Set(["Description", "Documentation"]);

/** Blanks for the eye that are none for systemd, as text copied from a web page has them. */
const UNSEEN = /[\u00a0\u1680\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\v\f\u0085\ufeff]/;

function unseenIn(value: string): string {
  const hexadecimal = (UNSEEN.exec(value)?.[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return `the character U+${hexadecimal}, which looks like a blank and is text for systemd: write a space`;
}
