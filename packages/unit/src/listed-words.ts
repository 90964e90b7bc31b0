import { assignedValues } from "./option-values.ts";
import { expandNameSpecifiers } from "./specifier.ts";
import type { UnitOption } from "./unit-file.ts";

/**
 * Returns the words of an option that lists units or paths, without quotes and with the unit name's specifiers expanded.
 * An empty assignment does not reset the list (see {@link assignedValues}).
 *
 * @param name the unit's name, for specifiers.
 */
export function listedWords(
  name: string,
  options: readonly UnitOption[],
  section: string,
  option: string,
): readonly string[] {
  const words = new Set(assignedValues(options, section, option).flatMap((value) => value.split(/[ \t]+/)));
  words.delete("");
  return [...words].map((word) => expandNameSpecifiers(word.replaceAll(/["']/g, ""), name));
}
