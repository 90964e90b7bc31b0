import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import { parseUnitName, UNIT_FILE_LIMITS } from "@flotilla/unit";
import { CommandError } from "../command-error.ts";
import { systemReason } from "../system-reason.ts";

/** The text of a local file that an argument names. */
export interface LocalText {
  readonly path: string;
  readonly text: string;
  /** Whether the file is the template's, and the unit is an instance. */
  readonly isTemplates: boolean;
}

/**
 * Reads the unit's own file or, for an instance, the template's file in the same directory. Undefined if neither
 * exists.
 *
 * @param name the unit's name.
 * @param path the path of the unit's own file, relative to `directory`.
 * @throws CommandError for a file that is unreadable, larger than a unit file may be, or not UTF-8.
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
    const bytes = await readUpToLimit(resolve(directory, path));
    if (bytes.length > UNIT_FILE_LIMITS.bytes) {
      throw new CommandError(
        `cannot use ${path} as a unit file: larger than the limit of ${UNIT_FILE_LIMITS.bytes / 1024} KiB`,
      );
    }
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    // ENAMETOOLONG and ENOTDIR also mean that the file does not exist.
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ENAMETOOLONG") return undefined;
    if (code === "EISDIR")
      throw new CommandError(
        `cannot use ${path} as a unit file: it is a directory; give its unit files, as in ${path}/*`,
      );
    if (code === "ERR_ENCODING_INVALID_ENCODED_DATA")
      throw new CommandError(`cannot use ${path} as a unit file: not UTF-8 text`);
    throw new CommandError(`cannot read ${path}: ${systemReason(error)}`);
  }
}

/** Reads at most one byte beyond the size limit, even from an endless device. */
async function readUpToLimit(path: string): Promise<Buffer> {
  const pieces: Buffer[] = [];
  const stream = createReadStream(path, { end: UNIT_FILE_LIMITS.bytes });
  for await (const piece of stream as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces);
}
