import { parseBoolean } from "./boolean.ts";
import { refuseContradictions } from "./contradictions.ts";
import { refuseExcess, refuseExcessiveText } from "./excess.ts";
import { isGlob } from "./glob.ts";
import { parseMetadata } from "./metadata.ts";
import { optionValues } from "./option-values.ts";
import type { MetadataRequirement, Requirements } from "./requirements.ts";
import { RequirementsError } from "./requirements-error.ts";
import { secretUseOf } from "./secret-use.ts";
import { expandSpecifiers } from "./specifier.ts";
import type { UnitOption } from "./unit-file.ts";
import { wordsOf } from "./words.ts";
import { X_FLEET_OPTIONS, X_FLEET_SECTION, type XFleetOption } from "./x-fleet.ts";

/**
 * Reads the [X-Fleet] section as fleet does, and which secrets the file names. Old spellings are accepted. An empty assignment resets the values of the
 * same spelling. The first MachineID= counts, and the last Global=, MoveOnFailure= or Exclusive=. Unknown options are
 * ignored; {@link xFleetWarnings} reports them.
 *
 * Values that fleet ignored silently are refused, because the unit would run on a wrong machine: an invalid boolean,
 * metadata without `key=value`, an unclosed quote, a malformed glob.
 *
 * @param name the unit's name, for specifiers.
 * @throws RequirementsError for such a value, for options that exclude each other, and above `X_FLEET_LIMITS`.
 */
export function requirementsOf(name: string, options: readonly UnitOption[]): Requirements {
  // Filtered once, so that reading an option does not search the whole file.
  const own = options.filter(({ section }) => section === X_FLEET_SECTION);
  refuseExcessiveText(own);
  const machineID = machineIDOf(name, own);
  const requirements: Requirements = {
    ...(machineID !== undefined && { machineID }),
    machineOf: namesOf("MachineOf", name, own),
    metadata: metadataOf(name, own),
    conflicts: globsOf("Conflicts", name, own),
    replaces: globsOf("Replaces", name, own),
    global: booleanOf("Global", own, false),
    moveOnFailure: booleanOf("MoveOnFailure", own, true),
    exclusive: booleanOf("Exclusive", own, false),
    secrets: secretUseOf(name, options).names,
  };
  refuseExcess(requirements);
  refuseContradictions(requirements);
  return requirements;
}

/** The current spelling takes precedence over the old ones, whatever their order in the file. */
function machineIDOf(name: string, options: readonly UnitOption[]): string | undefined {
  const values = spellingsOf("MachineID").flatMap((spelling) => optionValues(options, X_FLEET_SECTION, spelling));
  const [first] = values.flatMap((value) => splitWords("MachineID", value));
  return first === undefined ? undefined : expandSpecifiers(first, name);
}

function namesOf(option: XFleetOption, name: string, options: readonly UnitOption[]): readonly string[] {
  const words = valuesOf(option, options).flatMap((value) => splitWords(option, value));
  return Array.from(new Set(words.map((word) => expandSpecifiers(word, name))));
}

function globsOf(option: XFleetOption, name: string, options: readonly UnitOption[]): readonly string[] {
  const globs = namesOf(option, name, options);
  const bad = globs.find((glob) => !isGlob(glob));
  if (bad === undefined) return globs;
  throw new RequirementsError(
    `${option}=${bad} in [X-Fleet] is not a glob; close each "[", and remove a trailing backslash`,
  );
}

function metadataOf(name: string, options: readonly UnitOption[]): readonly MetadataRequirement[] {
  const values = new Map<string, Set<string>>();
  for (const { key, value } of valuesOf("MachineMetadata", options).flatMap(parseMetadata)) {
    const expandedKey = expandSpecifiers(key, name);
    const known = values.get(expandedKey) ?? new Set();
    values.set(expandedKey, known.add(expandSpecifiers(value, name)));
  }
  return Array.from(values, ([key, allowed]) => ({ key, values: Array.from(allowed) }));
}

function booleanOf(option: XFleetOption, options: readonly UnitOption[], fallback: boolean): boolean {
  const value = valuesOf(option, options)
    .flatMap((line) => splitWords(option, line))
    .at(-1);
  if (value === undefined) return fallback;
  const result = parseBoolean(value);
  if (result !== undefined) return result;
  throw new RequirementsError(
    `${option}=${value} in [X-Fleet] is neither true nor false; write ${option}=true or ${option}=false`,
  );
}

/** The values of old spellings come first, as in fleet. */
function valuesOf(option: XFleetOption, options: readonly UnitOption[]): readonly string[] {
  return spellingsOf(option)
    .toReversed()
    .flatMap((spelling) => optionValues(options, X_FLEET_SECTION, spelling));
}

function spellingsOf(option: XFleetOption): readonly string[] {
  return [option, ...X_FLEET_OPTIONS[option]];
}

function splitWords(option: XFleetOption, value: string): readonly string[] {
  const words = wordsOf(value);
  if (words !== undefined) return words;
  throw new RequirementsError(`${option}=${value} in [X-Fleet] has an unclosed quote; close or remove the quote`);
}
