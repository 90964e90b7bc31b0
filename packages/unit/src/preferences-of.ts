import { X_FLEET_LIMITS } from "./limits.ts";
import { joinMetadata } from "./metadata/join-metadata.ts";
import { RequirementsError } from "./requirements-error.ts";
import type { Preference } from "./requirements.ts";
import type { UnitOption } from "./unit-file.ts";
import { shortened } from "./wording.ts";
import { valuesOf } from "./x-fleet-values.ts";

/** The weight of a preference without one. */
const USUAL_WEIGHT = 50;

/**
 * Reads Prefers=: each line is one preference, metadata expressions with an optional weight from 1 to 100 before them.
 *
 * @throws RequirementsError for a weight outside that range, and for an invalid expression.
 */
export function preferencesOf(name: string, options: readonly UnitOption[]): readonly Preference[] {
  return valuesOf("Prefers", options).map((line) => preferenceIn(line, name));
}

function preferenceIn(line: string, name: string): Preference {
  const [, written, rest = ""] = /^(-?\d+)(?:[ \t]+(.*))?$/s.exec(line) ?? [];
  const weight = Number(written ?? USUAL_WEIGHT);
  if (weight < 1 || weight > X_FLEET_LIMITS.weight)
    throw new RequirementsError(
      `Prefers=${shortened(line)} in [X-Fleet] has the weight ${written}; write a weight from 1 to ${X_FLEET_LIMITS.weight}, ` +
        'and != or "not in" for what the unit does not like',
    );
  if (written !== undefined && rest === "")
    throw new RequirementsError(
      `Prefers=${shortened(line)} in [X-Fleet] has no expression; write what the unit prefers, as in Prefers=${weight} disk=ssd`,
    );
  return { weight, expressions: joinMetadata("Prefers", [written === undefined ? line : rest], name) };
}
