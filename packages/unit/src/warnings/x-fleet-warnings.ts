import type { UnitOption } from "../unit-file.ts";
import { currentSpellingOf, X_FLEET_OPTIONS, X_FLEET_SECTION } from "../x-fleet.ts";
import { editDistance } from "./edit-distance.ts";
import { SYSTEMD_OPTIONS } from "./systemd-options.ts";
import { shortened } from "../wording.ts";

/** What is longer was not meant as any option; comparing costs the square of the length. */
const LONGEST_NAME = 64;

const KNOWN = Object.keys(X_FLEET_OPTIONS);

/**
 * What is accepted in [X-Fleet] but probably not meant: an option that nobody knows (fleet took it, and so do we),
 * one of systemd's, an old spelling, a second MachineID=.
 */
export function* xFleetWarnings(options: readonly UnitOption[]): Generator<string> {
  const own = options.filter((option) => option.section === X_FLEET_SECTION);
  for (const name of new Set(own.map((option) => option.name))) {
    if (!KNOWN.includes(name)) yield warningOf(name);
  }
  const machines = new Set(own.filter(({ name }) => name === "MachineID").map(({ value }) => value));
  machines.delete("");
  if (machines.size > 1) yield "MachineID= is given several times in [X-Fleet]: only the first one counts.";
}

function warningOf(name: string): string {
  const current = currentSpellingOf(name);
  if (current !== undefined) return `${name}= in [X-Fleet] is an old spelling, still accepted: write ${current}=.`;
  const [home] = Array.from(SYSTEMD_OPTIONS.keys()).filter((section) => SYSTEMD_OPTIONS.get(section)?.has(name));
  if (home !== undefined) return `${name}= has no effect in [X-Fleet]: systemd reads it in [${home}].`;
  return `${shortened(name)}= in [X-Fleet] is not known and has no effect: the nearest known option is ${nearestTo(name)}=.`;
}

/** A part of an option's name, such as Metadata, is nearer to it than letters counted alone would tell. */
function nearestTo(name: string): string {
  const word = name
    .slice(0, LONGEST_NAME)
    .replace(/^X-(Condition)?/i, "")
    .toLowerCase();
  const ranked = KNOWN.map((known) => ({ known, distance: distanceBetween(word, known.toLowerCase()) }));
  return ranked.reduce((best, next) => (next.distance < best.distance ? next : best)).known;
}

function distanceBetween(word: string, known: string): number {
  return word !== "" && (known.includes(word) || word.includes(known)) ? 0 : editDistance(word, known);
}
