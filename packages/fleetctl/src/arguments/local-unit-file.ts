import { admitUnitFile, type Requirements, type UnitFile } from "@flotilla/unit";
import { messageOf } from "@flotilla/runtime";
import { CommandError } from "../command-error.ts";
import { readLocalText } from "./local-text.ts";

/** A unit file on this computer that an argument stands for. */
export interface LocalUnitFile {
  /** As given or made from what was given, for messages. */
  readonly path: string;
  readonly file: UnitFile;
  readonly requirements: Requirements;
  /** The file is the template's, and the unit an instance of it. */
  readonly isTemplates: boolean;
}

/**
 * Reads the unit's own file or, for an instance, the template's beside it. Undefined if there is neither.
 *
 * @param name the unit's.
 * @param path where its file would be, relative to `directory`.
 * @throws CommandError for a file that cannot be read, or that the cluster would refuse.
 */
export async function readLocalUnitFile(
  directory: string,
  name: string,
  path: string,
): Promise<LocalUnitFile | undefined> {
  const found = await readLocalText(directory, name, path);
  if (found === undefined) return undefined;
  try {
    return { path: found.path, ...admitUnitFile(name, found.text), isTemplates: found.isTemplates };
  } catch (error) {
    throw new CommandError(`${found.path}: ${messageOf(error)}`, { cause: error });
  }
}
