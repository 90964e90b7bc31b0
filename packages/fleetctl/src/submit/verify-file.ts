import { admitUnitFile, unitWarnings, unloadableName } from "@flotilla/unit";
import { messageOf } from "@flotilla/runtime";
import { readLocalText } from "../arguments/local-text.ts";
import { noUnitFile } from "../arguments/no-unit-file.ts";
import { unitNameOf, unitPathOf } from "../arguments/unit-argument.ts";

/** What the cluster would say of a unit file, if it were submitted. */
export interface FileVerdict {
  /** As given. */
  readonly file: string;
  /** The unit that it stands for; undefined where that is no unit's name. */
  readonly unit?: string;
  /** Why it would be refused; undefined if it would be taken. */
  readonly error?: string;
  readonly warnings: readonly string[];
}

/** Judges a file on this computer, without a cluster. Never throws. */
export async function verifyFile(directory: string, file: string): Promise<FileVerdict> {
  let unit: string | undefined;
  try {
    unit = unitNameOf(file);
    const found = await readLocalText(directory, unit, unitPathOf(file));
    if (found === undefined) return { file, unit, error: await noUnitFile(directory, file), warnings: [] };
    const { file: read, requirements } = admitUnitFile(unit, found.text);
    const unloadable = unloadableName(unit);
    const warnings = unitWarnings(unit, read.options, requirements);
    return { file, unit, warnings: unloadable === undefined ? warnings : [unloadable, ...warnings] };
  } catch (error) {
    return { file, ...(unit !== undefined && { unit }), error: messageOf(error), warnings: [] };
  }
}
