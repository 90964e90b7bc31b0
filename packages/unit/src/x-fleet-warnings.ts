import { editDistance } from "./edit-distance.ts";
import type { UnitOption } from "./unit-file.ts";
import { X_FLEET_OPTIONS, X_FLEET_SECTION, type XFleetOption } from "./x-fleet.ts";

const KNOWN = Object.keys(X_FLEET_OPTIONS);

/**
 * What is accepted in [X-Fleet] but probably not meant: an option that nobody knows (fleet took it, and so do we),
 * an old spelling, a second MachineID=, and a section whose name is nearly X-Fleet.
 *
 * @returns sentences for the user, each at most once.
 */
export function xFleetWarnings(options: readonly UnitOption[]): readonly string[] {
  const own = options.filter((option) => option.section === X_FLEET_SECTION);
  const warnings = [
    ...options.flatMap(({ section }) => warnOfSection(section)),
    ...own.flatMap(({ name }) => warnOfOption(name)),
    ...warnOfSeveralMachines(own),
  ];
  return Array.from(new Set(warnings));
}

function warnOfSection(section: string): readonly string[] {
  if (section === X_FLEET_SECTION || section.replaceAll(/[^A-Za-z]/g, "").toLowerCase() !== "xfleet") return [];
  return [`[${section}] has no effect: write [${X_FLEET_SECTION}].`];
}

function warnOfOption(name: string): readonly string[] {
  if (KNOWN.includes(name)) return [];
  const current = currentSpellingOf(name);
  if (current !== undefined) return [`${name}= in [X-Fleet] is an old spelling, still accepted: write ${current}=.`];
  return [`${name}= in [X-Fleet] is not known and has no effect: the nearest known option is ${nearestTo(name)}=.`];
}

function warnOfSeveralMachines(own: readonly UnitOption[]): readonly string[] {
  const machines = new Set(own.filter(({ name }) => name === "MachineID").map(({ value }) => value));
  machines.delete("");
  return machines.size < 2 ? [] : ["MachineID= is given several times in [X-Fleet]: only the first one counts."];
}

function currentSpellingOf(name: string): string | undefined {
  const spellings: Readonly<Record<XFleetOption, readonly string[]>> = X_FLEET_OPTIONS;
  return Object.entries(spellings).find(([, old]) => old.includes(name))?.[0];
}

/** A part of an option's name, such as Metadata, is nearer to it than letters counted alone would tell. */
function nearestTo(name: string): string {
  const word = name.replace(/^X-(Condition)?/i, "").toLowerCase();
  const ranked = KNOWN.map((known) => ({ known, distance: distanceBetween(word, known.toLowerCase()) }));
  return ranked.reduce((best, next) => (next.distance < best.distance ? next : best)).known;
}

function distanceBetween(word: string, known: string): number {
  return word !== "" && (known.includes(word) || word.includes(known)) ? 0 : editDistance(word, known);
}
