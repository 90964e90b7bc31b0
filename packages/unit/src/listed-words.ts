import { assignedValues } from "./option-values.ts";
import { expandNameSpecifiers } from "./specifier.ts";
import type { UnitOption } from "./unit-file.ts";

/**
 * The words of an option that lists units or paths, without quotes, and with the specifiers of the unit's name expanded.
 * An empty assignment drops none of those before it (see {@link assignedValues}).
 *
 * @param name the unit's, for its specifiers.
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
