import { isUnitName, parseUnitName, type UnitType } from "../name.ts";
import { optionValues } from "../option-values.ts";
import { expandSpecifiers } from "../specifier.ts";
import type { UnitOption } from "../unit-file.ts";
import { wordsOf } from "../words.ts";

/** Names in Alias= that `systemctl enable` refuses: an alias is a unit's name of the same type (systemd.unit(5)). */
export function* aliasWarnings(name: string, type: UnitType, options: readonly UnitOption[]): Generator<string> {
  const words = optionValues(options, "Install", "Alias").flatMap((value) => wordsOf(value) ?? [value]);
  for (const word of new Set(words)) {
    const alias = expandSpecifiers(word, name);
    // A specifier that is expanded on the machine only.
    if (alias.includes("%")) continue;
    if (isUnitName(alias) && parseUnitName(alias).type === type) continue;
    yield `Alias=${word} in [Install] cannot be an alias of ${name}: write a unit's name that ends in .${type}.`;
  }
}
