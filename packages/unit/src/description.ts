import { optionValues } from "./option-values.ts";
import type { UnitOption } from "./unit-file.ts";

/** Returns the last Description= of a unit, as systemd does, or the empty string. */
export function descriptionOf(options: readonly UnitOption[]): string {
  return optionValues(options, "Unit", "Description").at(-1) ?? "";
}
