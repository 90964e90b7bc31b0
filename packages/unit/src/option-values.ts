import { joinContinuations } from "./continuation.ts";
import type { UnitOption } from "./unit-file.ts";

/**
 * The values of an option that may be given several times, in order. An empty assignment drops those before it,
 * as it does for systemd's list options (systemd.syntax(7)). Continuation lines are joined; quotes and
 * specifiers are left as they are.
 */
export function optionValues(options: readonly UnitOption[], section: string, name: string): readonly string[] {
  const values: string[] = [];
  for (const option of options) {
    if (option.section !== section || option.name !== name) continue;
    const value = joinContinuations(option.value);
    if (value === "") values.length = 0;
    else values.push(value);
  }
  return values;
}
