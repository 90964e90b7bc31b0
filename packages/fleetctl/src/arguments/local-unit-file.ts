import { admitUnitFile, type Requirements, type UnitFile } from "@flotilla/unit";
import { messageOf } from "@flotilla/runtime";
import { CommandError } from "../command-error.ts";
import { readLocalText } from "./local-text.ts";

/** A local unit file that an argument names. */
export interface LocalUnitFile {
  /** The path as given or derived from the argument, for messages. */
  readonly path: string;
  readonly file: UnitFile;
  readonly requirements: Requirements;
  /** Whether the file is the template's, and the unit is an instance. */
  readonly isTemplates: boolean;
}

/**
 * Reads the unit's own file or, for an instance, the template's file in the same directory. Undefined if neither
 * exists.
 *
 * @param name the unit's name.
 * @param path the path of the unit's own file, relative to `directory`.
 * @throws CommandError for a file that is unreadable or that the cluster would refuse.
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
