import { admitUnitFile, unitWarnings, unloadableName } from "@flotilla/unit";
import { messageOf } from "@flotilla/runtime";
import { readLocalText } from "../arguments/local-text.ts";
import { noUnitFile } from "../arguments/no-unit-file.ts";
import { unitNameOf, unitPathOf } from "../arguments/unit-argument.ts";

/** The cluster's verdict on a unit file, without submitting it. */
export interface FileVerdict {
  /** The path as given. */
  readonly file: string;
  /** The unit's name; undefined if the path contains no valid one. */
  readonly unit?: string;
  /** Why the cluster would refuse the file; undefined if it would accept the file. */
  readonly error?: string;
  readonly warnings: readonly string[];
}

/** Checks a local file without a cluster. Never throws. */
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
