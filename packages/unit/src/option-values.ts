import { joinContinuations } from "./continuation.ts";
import type { UnitOption } from "./unit-file.ts";

/**
 * All values that an option is given, in order, with the empty ones: what systemd makes of those depends on the option.
 * Continuation lines are joined; quotes and specifiers are left as they are.
 */
export function assignedValues(options: readonly UnitOption[], section: string, name: string): readonly string[] {
  return options
    .filter((option) => option.section === section && option.name === name)
    .map((option) => joinContinuations(option.value));
}

/**
 * The values of an option that is a list or a text, in order. An empty assignment drops those before it
 * (systemd.syntax(7)). Dependencies are an exception: nothing takes one back, see {@link assignedValues}.
 */
export function optionValues(options: readonly UnitOption[], section: string, name: string): readonly string[] {
  const values = assignedValues(options, section, name);
  return values.slice(values.lastIndexOf("") + 1);
}

/**
 * The values of an option that is a boolean, one of several words, or one unit's name. systemd passes over a value that
 * it cannot read, an empty one too: the values before that stay.
 */
export function readableValues(
  options: readonly UnitOption[],
  section: string,
  name: string,
  isReadable: (value: string) => boolean,
): readonly string[] {
  return assignedValues(options, section, name).filter(isReadable);
}
