import { expandNameSpecifiers, parseUnitName } from "@flotilla/unit";

/**
 * Returns a glob of what a word in a unit's file may become: specifiers of the unit's name are expanded. A star stands for
 * any other specifier, and in a template for those of the instance.
 */
export function knownText(word: string, unit: string): string {
  const { isTemplate, prefix } = parseUnitName(unit);
  const known = isTemplate ? word.replaceAll("%p", prefix) : expandNameSpecifiers(word, unit);
  return known.replaceAll(/%./g, "*");
}
