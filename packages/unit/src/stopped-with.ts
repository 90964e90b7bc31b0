import { assignedValues } from "./option-values.ts";
import { expandNameSpecifiers } from "./specifier.ts";
import type { UnitOption } from "./unit-file.ts";

/** Options by which systemd stops a unit together with each one that they name (systemd.unit(5)). */
const OPTIONS = [
  "Requires",
  "RequiresOverridable",
  "Requisite",
  "RequisiteOverridable",
  "BindsTo",
  "BindTo",
  "PartOf",
  "StopPropagatedFrom",
];

/**
 * The units whose stop stops this one, which their next start does not bring back.
 *
 * @param name the unit's, for its specifiers.
 */
export function stoppedWith(name: string, options: readonly UnitOption[]): ReadonlySet<string> {
  const values = OPTIONS.flatMap((option) => assignedValues(options, "Unit", option));
  const words = values.flatMap((value) => value.split(/[ \t]+/)).filter((word) => word !== "");
  return new Set(words.map((word) => expandNameSpecifiers(word.replaceAll(/["']/g, ""), name)));
}
