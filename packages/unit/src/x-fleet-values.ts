import { parseBoolean } from "./boolean.ts";
import { isGlob } from "./glob.ts";
import { optionValues } from "./option-values.ts";
import { RequirementsError } from "./requirements-error.ts";
import { expandSpecifiers } from "./specifier.ts";
import type { UnitOption } from "./unit-file.ts";
import { shortened } from "./wording.ts";
import { wordsOf } from "./words.ts";
import { X_FLEET_OPTIONS, X_FLEET_SECTION, type XFleetOption } from "./x-fleet.ts";

/** Returns the values of an option of [X-Fleet] in all its spellings. Old spellings come first, as in fleet. */
export function valuesOf(option: XFleetOption, options: readonly UnitOption[]): readonly string[] {
  return spellingsOf(option)
    .toReversed()
    .flatMap((spelling) => optionValues(options, X_FLEET_SECTION, spelling));
}

/** Returns the spellings of an option, the current one first. */
export function spellingsOf(option: XFleetOption): readonly string[] {
  return [option, ...X_FLEET_OPTIONS[option]];
}

/** @throws RequirementsError for an unclosed quote. */
export function splitWords(option: XFleetOption, value: string): readonly string[] {
  const words = wordsOf(value);
  if (words !== undefined) return words;
  throw new RequirementsError(`${option}=${value} in [X-Fleet] has an unclosed quote; close or remove the quote`);
}

/** Returns the words of an option, each once, with specifiers expanded for the unit `name`. */
export function namesOf(option: XFleetOption, name: string, options: readonly UnitOption[]): readonly string[] {
  const words = valuesOf(option, options).flatMap((value) => splitWords(option, value));
  return Array.from(new Set(words.map((word) => expandSpecifiers(word, name))));
}

/** @throws RequirementsError for a malformed glob. */
export function globsOf(option: XFleetOption, name: string, options: readonly UnitOption[]): readonly string[] {
  const globs = namesOf(option, name, options);
  const bad = globs.find((glob) => !isGlob(glob));
  if (bad === undefined) return globs;
  throw new RequirementsError(
    `${option}=${bad} in [X-Fleet] is not a glob; close each "[", and remove a trailing backslash`,
  );
}

/** @throws RequirementsError for a value that is not a boolean. */
export function booleanOf(option: XFleetOption, options: readonly UnitOption[], fallback: boolean): boolean {
  const value = lastWord(option, options);
  if (value === undefined) return fallback;
  const result = parseBoolean(value);
  if (result !== undefined) return result;
  throw new RequirementsError(
    `${option}=${value} in [X-Fleet] is neither true nor false; write ${option}=true or ${option}=false`,
  );
}

/** @throws RequirementsError for a value that is no whole number in the range. */
export function wholeNumberOf(
  option: XFleetOption,
  options: readonly UnitOption[],
  { least, most }: { readonly least: number; readonly most: number },
): number | undefined {
  const value = lastWord(option, options);
  if (value === undefined) return undefined;
  const number = /^[+-]?\d+$/.test(value) ? Number(value) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new RequirementsError(
    `${option}=${shortened(value)} in [X-Fleet] is no whole number from ${least} to ${most}; write one`,
  );
}

/** @throws RequirementsError for a value that is none of the keywords. */
export function keywordOf<Keyword extends string>(
  option: XFleetOption,
  options: readonly UnitOption[],
  keywords: readonly Keyword[],
): Keyword | undefined {
  const value = lastWord(option, options);
  const known = keywords.find((word) => word === value);
  if (value === undefined || known !== undefined) return known;
  throw new RequirementsError(`${option}=${shortened(value)} in [X-Fleet] is unknown; write ${keywords.join(" or ")}`);
}

/** As in systemd for an option with one value, the last assignment counts. */
export function lastWord(option: XFleetOption, options: readonly UnitOption[]): string | undefined {
  return valuesOf(option, options)
    .flatMap((line) => splitWords(option, line))
    .at(-1);
}
