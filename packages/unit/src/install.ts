import { optionValues } from "./option-values.ts";
import type { UnitOption } from "./unit-file.ts";

const LINKING_OPTIONS = ["WantedBy", "RequiredBy", "UpheldBy", "Alias", "Also"];

/**
 * True if `systemctl enable` has something to do for the unit: its [Install] section holds an option that makes
 * links (systemd.unit(5)). DefaultInstance= alone makes none.
 */
export function isEnableable(options: readonly UnitOption[]): boolean {
  return LINKING_OPTIONS.some((name) => optionValues(options, "Install", name).length > 0);
}
