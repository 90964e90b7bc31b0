import { resolve } from "node:path";
import type { Readable } from "node:stream";
import { CommandError } from "../command-error.ts";
import type { Environment } from "../environment.ts";
import { systemReason } from "../system-reason.ts";
import { replaceFile } from "./replace-file.ts";

/**
 * Writes a copy of the store's database to a file that only its owner can read. An existing file is replaced as a whole
 * or not at all.
 * @throws CommandError if the target is not writable, or the daemon ended before the end of the copy.
 */
export async function writeStoreBackup(
  { directory }: Pick<Environment, "directory">,
  path: string,
  database: Readable,
): Promise<void> {
  try {
    await replaceFile(resolve(directory, path), database);
  } catch (error) {
    throw new CommandError(`cannot write ${path}: ${systemReason(error)}`);
  } finally {
    database.destroy();
  }
}
