import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import { parseUnitName, UNIT_FILE_BOUNDS } from "@flotilla/unit";
import { CommandError } from "../command-error.ts";
import { systemReason } from "../system-reason.ts";

/** The text of a file on this computer that stands for a unit. */
export interface LocalText {
  readonly path: string;
  readonly text: string;
  /** The file is the template's, and the unit an instance of it. */
  readonly isTemplates: boolean;
}

/**
 * Reads the unit's own file or, for an instance, the template's beside it. Undefined if there is neither.
 *
 * @param name the unit's.
 * @param path where its file would be, relative to `directory`.
 * @throws CommandError for a file that cannot be read, is larger than a unit file may be, or is not UTF-8.
 */
export async function readLocalText(directory: string, name: string, path: string): Promise<LocalText | undefined> {
  const own = await readIfThere(directory, path);
  if (own !== undefined) return { path, text: own, isTemplates: false };
  const { template } = parseUnitName(name);
  if (template === undefined) return undefined;
  const templatePath = path.slice(0, path.length - name.length) + template;
  const text = await readIfThere(directory, templatePath);
  return text === undefined ? undefined : { path: templatePath, text, isTemplates: true };
}

async function readIfThere(directory: string, path: string): Promise<string | undefined> {
  try {
    const bytes = await readBounded(resolve(directory, path));
    if (bytes.length > UNIT_FILE_BOUNDS.bytes) {
      throw new CommandError(
        `${path} is no unit file: it is larger than ${UNIT_FILE_BOUNDS.bytes / 1024} KiB, the most that one may have.`,
      );
    }
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof CommandError) throw error;
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

/** At most one byte more than a unit file may have, whatever the path leads to. */
async function readBounded(path: string): Promise<Buffer> {
  const pieces: Buffer[] = [];
  const stream = createReadStream(path, { end: UNIT_FILE_BOUNDS.bytes });
  for await (const piece of stream as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces);
}
