import { optionValues } from "./option-values.ts";
import type { UnitOption } from "./unit-file.ts";

/** The unit's Description=, the last one if there are several (as in systemd), or the empty string. */
export function descriptionOf(options: readonly UnitOption[]): string {
  return optionValues(options, "Unit", "Description").at(-1) ?? "";
}
