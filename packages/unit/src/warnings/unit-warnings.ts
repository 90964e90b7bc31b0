import { parseUnitName, splitUnitName } from "../name.ts";
import type { Requirements } from "../requirements.ts";
import type { UnitOption } from "../unit-file.ts";
import { X_FLEET_SECTION } from "../x-fleet.ts";
import { acceptWarnings } from "./accept-warnings.ts";
import { aliasWarnings } from "./alias-warnings.ts";
import { daemonWarnings } from "./daemon-warnings.ts";
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
  const found = everyWarning(name, options, requirements)
    .take(MOST_WARNINGS + 1)
    .toArray();
  const warnings = Array.from(new Set(found.slice(0, MOST_WARNINGS)));
  if (found.length <= MOST_WARNINGS) return warnings;
  return [...warnings, `There are more than ${MOST_WARNINGS} warnings; the rest is left out.`];
}

function* everyWarning(name: string, options: readonly UnitOption[], requirements: Requirements): Generator<string> {
  const { type } = parseUnitName(name);
  for (const section of new Set(options.map((option) => option.section))) {
    const warning = sectionWarning(section, type);
    if (warning !== undefined) yield warning;
  }
  yield* optionWarnings(
    options.filter(({ section }) => section !== X_FLEET_SECTION),
    type,
  );
  yield* xFleetWarnings(options);
  yield* nameWarnings(name, requirements);
  if (splitUnitName(name).instance === undefined && usesInstance(options)) {
    yield `%i in [X-Fleet] is empty, because ${name} is no instance of a template.`;
  }
  yield* aliasWarnings(name, type, options);
  yield* acceptWarnings(name, options);
  yield* daemonWarnings(name, options);
}

function usesInstance(options: readonly UnitOption[]): boolean {
  return options.some(({ section, value }) => section === X_FLEET_SECTION && /%i/.test(value.replaceAll("%%", "")));
}
