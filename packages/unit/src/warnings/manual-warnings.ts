import { parseBoolean } from "../boolean.ts";
import { readableValues } from "../option-values.ts";
import type { UnitOption } from "../unit-file.ts";

/** What the cluster cannot do, by the option of [Unit] that makes systemd refuse the agent's request (systemd.unit(5)). */
const REFUSED = [
  ["RefuseManualStart", "the cluster cannot start the unit; only other units can"],
  ["RefuseManualStop", "the cluster can neither stop nor move the unit"],
] as const;

/** Warns of options by which systemd refuses what the agent requests. */
export function* manualWarnings(options: readonly UnitOption[]): Generator<string> {
  const isBoolean = (value: string): boolean => parseBoolean(value) !== undefined;
  for (const [option, effect] of REFUSED) {
    const value = readableValues(options, "Unit", option, isBoolean).at(-1);
    if (value !== undefined && parseBoolean(value) === true)
      yield `${option}=${value} in [Unit] means that ${effect}; remove the option`;
  }
}
