import { parseUnitName, splitUnitName } from "../name.ts";
import type { Requirements } from "../requirements.ts";
import type { UnitOption } from "../unit-file.ts";
import { X_FLEET_SECTION } from "../x-fleet.ts";
import { acceptWarnings } from "./accept-warnings.ts";
import { aliasWarnings } from "./alias-warnings.ts";
import { daemonWarnings } from "./daemon-warnings.ts";
import { manualWarnings } from "./manual-warnings.ts";
import { nameWarnings } from "./name-warnings.ts";
import { optionWarnings } from "./option-warnings.ts";
import { sectionWarning } from "./section-warnings.ts";
import { xFleetWarnings } from "./x-fleet-warnings.ts";

/** The maximum number of warnings for one file. The remaining checks are skipped, to limit the cost. */
const MOST_WARNINGS = 20;

/**
 * Returns warnings about an accepted unit file: options that systemd or the cluster ignores, and names that no unit or
 * machine can have.
 *
 * @param name the unit's name, which is valid.
 * @param requirements the result of {@link requirementsOf} for the options.
 * @returns the first {@link MOST_WARNINGS} sentences for the user, without repetitions.
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
  return [...warnings, `there are more than ${MOST_WARNINGS} warnings; fix these first`];
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
    yield `%i in [X-Fleet] is empty, because ${name} is not an instance; submit the file as a template such as web@.service`;
  }
  yield* aliasWarnings(name, type, options);
  yield* acceptWarnings(name, options);
  yield* daemonWarnings(name, options);
  yield* manualWarnings(options);
}

function usesInstance(options: readonly UnitOption[]): boolean {
  return options.some(({ section, value }) => section === X_FLEET_SECTION && /%i/.test(value.replaceAll("%%", "")));
}
