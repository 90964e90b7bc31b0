import { isUnitName, parseUnitName, type UnitType } from "../name.ts";
import { optionValues } from "../option-values.ts";
import { expandSpecifiers } from "../specifier.ts";
import type { UnitOption } from "../unit-file.ts";
import { wordsOf } from "../words.ts";

/** Warns of names in Alias= that `systemctl enable` refuses: an alias must have the unit's type (systemd.unit(5)). */
export function* aliasWarnings(name: string, type: UnitType, options: readonly UnitOption[]): Generator<string> {
  const words = optionValues(options, "Install", "Alias").flatMap((value) => wordsOf(value) ?? [value]);
  for (const word of new Set(words)) {
    const alias = expandSpecifiers(word, name);
    // Only the machine can expand the remaining specifiers.
    if (alias.includes("%")) continue;
    if (isUnitName(alias) && parseUnitName(alias).type === type) continue;
    yield `Alias=${word} in [Install] cannot be an alias of ${name}; write a unit name that ends in .${type}`;
  }
}
