import type { UnitType } from "../name.ts";
import type { UnitOption } from "../unit-file.ts";
import { currentSpellingOf, X_FLEET_SECTION } from "../x-fleet.ts";
import { nearest } from "./nearest.ts";
import { sectionsOf, SYSTEMD_OPTIONS, SYSTEMD_VERSION } from "./systemd-options.ts";

/**
 * What is probably not meant about one option outside [X-Fleet]: systemd does not know it there, or reads another
 * value than a person sees.
 */
export function* optionWarnings({ section, name, value }: UnitOption, type: UnitType): Generator<string> {
  const known = sectionsOf(type).includes(section) ? SYSTEMD_OPTIONS.get(section) : undefined;
  if (known?.has(name)) {
    if (MACHINE_ACTIONS.has(name) && !HARMLESS_ACTIONS.includes(value)) {
      yield (
        `${name}=${shown(value)} in [${section}] takes the machine down; the unit then starts on another machine, ` +
        "and may take that down, too: leave it out."
      );
    }
    if (!FREE_TEXT.has(name) && UNSEEN.test(value)) yield `${name}= in [${section}] holds ${unseenIn(value)}.`;
    return;
  }
  const spelling = currentSpellingOf(name);
  if (spelling !== undefined && !section.startsWith("X-")) {
    const home = homeOf(name, type);
    const other = home === undefined ? "" : `, or to systemd's [${home}]`;
    yield `${name}= has no effect in [${section}]: move it to [${X_FLEET_SECTION}], as ${spelling}=${other}.`;
  } else if (known !== undefined && !name.startsWith("X-")) {
    yield unknownOption(section, name, type, known);
  }
}

function unknownOption(section: string, name: string, type: UnitType, known: ReadonlySet<string>): string {
  if (!/^[A-Za-z][A-Za-z0-9-]*$/.test(name)) {
    return (
      `${shown(name)}= in [${section}] is no option and has no effect: ` +
      "if it belongs to the line above, end that one with a backslash."
    );
  }
  const home = homeOf(name, type);
  if (home !== undefined) return `${name}= has no effect in [${section}]: systemd reads it in [${home}].`;
  const unknown = `${shown(name)}= in [${section}] is not known to systemd`;
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
const UNSEEN = /(?! )[\p{Zs}\p{Zl}\p{Zp}\v\f\u0085\u200b\ufeff]/u;

function unseenIn(value: string): string {
  const hexadecimal = (UNSEEN.exec(value)?.[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return `the character U+${hexadecimal}, which looks like a blank and is text for systemd: write a space`;
}

function shown(name: string): string {
  return name.length > 60 ? `${name.slice(0, 60)}…` : name;
}
