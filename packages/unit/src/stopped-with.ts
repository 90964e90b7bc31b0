import { listedWords } from "./listed-words.ts";
import { MOST_LOADABLE_BYTES } from "./name.ts";
import type { UnitOption } from "./unit-file.ts";

/** Options that make systemd stop a unit together with each unit that they name (systemd.unit(5)). */
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
 * Returns the units whose stop also stops this unit. A later start of these units does not start this unit.
 *
 * @param name the unit's name, for specifiers.
 */
export function stoppedWith(name: string, options: readonly UnitOption[]): ReadonlySet<string> {
  const words = (option: string): readonly string[] => listedWords(name, options, "Unit", option);
  return new Set([...OPTIONS.flatMap(words), ...words("RequiresMountsFor").flatMap(mountsAlong)]);
}

/** Returns the names of the mounts that may exist for a path: one for each directory on the path. */
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

/** Escapes a part of a path, as `systemd-escape --path` does. */
function escaped(part: string, isFirst: boolean): string {
  return Array.from(Buffer.from(part), (byte, at) => {
    const character = String.fromCharCode(byte);
    const isPlain = /[A-Za-z0-9:_.]/.test(character) && !(character === "." && isFirst && at === 0);
    return isPlain ? character : `\\x${byte.toString(16).padStart(2, "0")}`;
  }).join("");
}
