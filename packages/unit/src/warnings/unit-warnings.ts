import { parseUnitName, splitUnitName } from "../name.ts";
import type { Requirements } from "../requirements.ts";
import type { UnitOption } from "../unit-file.ts";
import { X_FLEET_SECTION } from "../x-fleet.ts";
import { aliasWarnings } from "./alias-warnings.ts";
import { nameWarnings } from "./name-warnings.ts";
import { optionWarnings } from "./option-warnings.ts";
import { sectionWarning } from "./section-warnings.ts";
import { xFleetWarnings } from "./x-fleet-warnings.ts";

/** Warnings that are given of one file; the rest is not worked out. */
const MOST_WARNINGS = 20;

/**
 * What a unit file says that is accepted but probably not meant: what systemd or the cluster passes over, and names
 * that nothing can have.
 *
 * @param name the unit's, which is valid.
 * @param requirements what {@link requirementsOf} makes of the options.
 * @returns sentences for the user, each at most once; of many the first ones.
 */
export function unitWarnings(
  name: string,
  options: readonly UnitOption[],
  requirements: Requirements,
): readonly string[] {
  const warnings = new Set<string>();
  for (const warning of everyWarning(name, options, requirements)) {
    if (warnings.size === MOST_WARNINGS) {
      return [...warnings, `There are more than ${MOST_WARNINGS} warnings; the rest is left out.`];
    }
    warnings.add(warning);
  }
  return Array.from(warnings);
}

function* everyWarning(name: string, options: readonly UnitOption[], requirements: Requirements): Generator<string> {
  const { type } = parseUnitName(name);
  for (const section of new Set(options.map((option) => option.section))) {
    const warning = sectionWarning(section, type);
    if (warning !== undefined) yield warning;
  }
  for (const option of distinct(options)) {
    if (option.section !== X_FLEET_SECTION) yield* optionWarnings(option, type);
  }
  yield* xFleetWarnings(options);
  yield* nameWarnings(name, requirements);
  if (splitUnitName(name).instance === undefined && usesInstance(options)) {
    yield `%i in [X-Fleet] is empty, because ${name} is no instance of a template.`;
  }
  yield* aliasWarnings(name, type, options);
}

/** Each option once a section, name and value, so that ten thousand alike cost no more than one. */
function distinct(options: readonly UnitOption[]): Iterable<UnitOption> {
  return new Map(options.map((option) => [`${option.section}\n${option.name}\n${option.value}`, option])).values();
}

function usesInstance(options: readonly UnitOption[]): boolean {
  return options.some(({ section, value }) => section === X_FLEET_SECTION && /%i/.test(value.replaceAll("%%", "")));
}
