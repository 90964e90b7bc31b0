import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { admitUnitFile, parseUnitName, type Requirements, type UnitFile } from "@flotilla/unit";
import { messageOf } from "@flotilla/runtime";
import { CommandError } from "../command-error.ts";
import { systemReason } from "../system-reason.ts";

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
 * @throws CommandError for a file that cannot be read, is no unit file, or asks for what contradicts itself.
 */
export async function readLocalUnitFile(
  directory: string,
  name: string,
  path: string,
): Promise<LocalUnitFile | undefined> {
  const own = await readIfThere(directory, path);
  if (own !== undefined) return checked(name, path, own, false);
  const { template } = parseUnitName(name);
  if (template === undefined) return undefined;
  const templatePath = path.slice(0, path.length - name.length) + template;
  const text = await readIfThere(directory, templatePath);
  return text === undefined ? undefined : checked(name, templatePath, text, true);
}

async function readIfThere(directory: string, path: string): Promise<string | undefined> {
  try {
    const bytes = await readFile(resolve(directory, path));
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    // ENAMETOOLONG and ENOTDIR, too, mean that there is no such file.
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ENAMETOOLONG") return undefined;
    if (code === "EISDIR")
      throw new CommandError(`${path} is a directory: name the unit files in it, as in ${path}/*.`);
    if (code === "ERR_ENCODING_INVALID_ENCODED_DATA")
      throw new CommandError(`${path} is no unit file: it is not UTF-8 text.`);
    throw new CommandError(`${path} cannot be read: ${systemReason(error)}.`);
  }
}

function checked(name: string, path: string, text: string, isTemplates: boolean): LocalUnitFile {
  try {
    return { path, ...admitUnitFile(name, text), isTemplates };
  } catch (error) {
    throw new CommandError(`${path}: ${messageOf(error)}`, { cause: error });
  }
}
