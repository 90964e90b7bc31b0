import type { MinAvailable } from "./requirements.ts";
import { RequirementsError } from "./requirements-error.ts";
import type { UnitOption } from "./unit-file.ts";
import { shortened } from "./wording.ts";
import { lastWord } from "./x-fleet-values.ts";

/** A limit that no template reaches: a cluster has at most some ten thousand units. */
const MOST_INSTANCES = 1_000_000;

/**
 * Reads MinAvailable=: a number of instances, or a percentage of all instances.
 * @throws RequirementsError for another value.
 */
export function minAvailableOf(options: readonly UnitOption[]): MinAvailable | undefined {
  const value = lastWord("MinAvailable", options);
  if (value === undefined) return undefined;
  const [, digits, percent] = /^(\d{1,7})(%?)$/.exec(value) ?? [];
  const least = Number(digits);
  if (percent === "%" && least <= 100) return { least, of: "percent" };
  if (percent === "" && least <= MOST_INSTANCES) return { least, of: "instances" };
  throw new RequirementsError(
    `MinAvailable=${shortened(value)} in [X-Fleet] is neither a number of instances nor a percentage; ` +
      "write MinAvailable=2 or MinAvailable=50%",
  );
}
