import { listedWords } from "./listed-words.ts";
import { MOST_LOADABLE_BYTES } from "./name.ts";
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
  const words = (option: string): readonly string[] => listedWords(name, options, "Unit", option);
  return new Set([...OPTIONS.flatMap(words), ...words("RequiresMountsFor").flatMap(mountsAlong)]);
}

/** The mounts that a path would need, as far as there are such: those of each directory on its way. */
function mountsAlong(path: string): readonly string[] {
  const mounts: string[] = [];
  let stem = "";
  for (const part of path.split("/").filter((name) => name !== "")) {
    stem += stem === "" ? escaped(part, true) : `-${escaped(part, false)}`;
    if (stem.length > MOST_LOADABLE_BYTES) break;
    mounts.push(`${stem}.mount`);
  }
  return mounts;
}

/** As `systemd-escape --path` has it. */
function escaped(part: string, isFirst: boolean): string {
  return Array.from(Buffer.from(part), (byte, at) => {
    const character = String.fromCharCode(byte);
    const isPlain = /[A-Za-z0-9:_.]/.test(character) && !(character === "." && isFirst && at === 0);
    return isPlain ? character : `\\x${byte.toString(16).padStart(2, "0")}`;
  }).join("");
}
