import { joinContinuations } from "./continuation.ts";
import type { UnitOption } from "./unit-file.ts";

/**
 * Returns all values assigned to an option, in order. Empty values are included, because their meaning depends on the
 * option. Continuation lines are joined; quotes and specifiers stay.
 */
export function assignedValues(options: readonly UnitOption[], section: string, name: string): readonly string[] {
  return options
    .filter((option) => option.section === section && option.name === name)
    .map((option) => joinContinuations(option.value));
}

/**
 * Returns the values of an option that is a list or a text, in order. An empty assignment resets the option
 * (systemd.syntax(7)). Use {@link assignedValues} for dependencies, which no assignment resets.
 */
export function optionValues(options: readonly UnitOption[], section: string, name: string): readonly string[] {
  const values = assignedValues(options, section, name);
  return values.slice(values.lastIndexOf("") + 1);
}

/**
 * Returns the values of an option whose value is a boolean, a keyword or one unit name. systemd ignores a value that it
 * cannot parse, including an empty value, and keeps earlier values.
 */
export function readableValues(
  options: readonly UnitOption[],
  section: string,
  name: string,
  isReadable: (value: string) => boolean,
): readonly string[] {
  return assignedValues(options, section, name).filter(isReadable);
}
