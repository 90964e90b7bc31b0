import { optionValues } from "./option-values.ts";
import { expandSpecifiers } from "./specifier.ts";
import type { UnitOption } from "./unit-file.ts";
import { wordsOf } from "./words.ts";

/** What a unit's [Install] section asks for (systemd.unit(5)), its specifiers expanded as far as they are known. */
export interface Installation {
  /** Further names for the unit. */
  readonly aliases: readonly string[];
  /** Units that are to want, require or uphold the unit. */
  readonly wantedBy: readonly string[];
  readonly requiredBy: readonly string[];
  readonly upheldBy: readonly string[];
  /** Units that are to be enabled with this one. */
  readonly also: readonly string[];
}

/** @param name the unit's name, for specifiers. */
export function installationOf(name: string, options: readonly UnitOption[]): Installation {
  const read = (option: string): readonly string[] => {
    const words = optionValues(options, "Install", option).flatMap((value) => wordsOf(value) ?? []);
    return [...new Set(words.map((word) => expandSpecifiers(word, name)))];
  };
  return {
    aliases: read("Alias"),
    wantedBy: read("WantedBy"),
    requiredBy: read("RequiredBy"),
    upheldBy: read("UpheldBy"),
    also: read("Also"),
  };
}
