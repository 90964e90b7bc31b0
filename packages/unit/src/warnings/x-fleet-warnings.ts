import type { UnitOption } from "../unit-file.ts";
import { currentSpellingOf, X_FLEET_OPTIONS, X_FLEET_SECTION } from "../x-fleet.ts";
import { editDistance } from "./edit-distance.ts";
import { SYSTEMD_OPTIONS } from "./systemd-options.ts";
import { shortened } from "../wording.ts";

/** Longer names are cut before the comparison, whose cost grows with the length of the name. */
const LONGEST_NAME = 64;

const KNOWN = Object.keys(X_FLEET_OPTIONS);

/**
 * Warns of probable mistakes in [X-Fleet]: an unknown option (accepted as in fleet), an option of systemd, an old
 * spelling, a second MachineID=.
 */
export function* xFleetWarnings(options: readonly UnitOption[]): Generator<string> {
  const own = options.filter((option) => option.section === X_FLEET_SECTION);
  for (const name of new Set(own.map((option) => option.name))) {
    if (!KNOWN.includes(name)) yield warningOf(name);
  }
  const machines = new Set(own.filter(({ name }) => name === "MachineID").map(({ value }) => value));
  machines.delete("");
  if (machines.size > 1)
    yield "MachineID= is assigned several times in [X-Fleet], and only the first assignment counts; remove the others";
}

function warningOf(name: string): string {
  const current = currentSpellingOf(name);
  if (current !== undefined) return `${name}= in [X-Fleet] is an old spelling, still accepted; write ${current}=`;
  const [home] = Array.from(SYSTEMD_OPTIONS.keys()).filter((section) => SYSTEMD_OPTIONS.get(section)?.has(name));
  if (home !== undefined) return `${name}= has no effect in [X-Fleet]; move it to [${home}]`;
  return `${shortened(name)}= in [X-Fleet] is unknown and has no effect; the nearest known option is ${nearestTo(name)}=`;
}

/** Returns the most similar option. A part of an option's name, such as Metadata, counts as most similar. */
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
