import { optionValues } from "./option-values.ts";
import { expandSpecifiers } from "./specifier.ts";
import type { UnitOption } from "./unit-file.ts";
import { wordsOf } from "./words.ts";

/** The content of a unit's [Install] section (systemd.unit(5)), with specifiers of the unit's name expanded. */
export interface Installation {
  /** Additional names of the unit. */
  readonly aliases: readonly string[];
  /** Units that get a Wants= dependency on the unit; the next two fields likewise with Requires= and Upholds=. */
  readonly wantedBy: readonly string[];
  readonly requiredBy: readonly string[];
  readonly upheldBy: readonly string[];
  /** Units that are enabled together with this unit. */
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
