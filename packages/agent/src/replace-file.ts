import { renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** In each directory, the file that is being written. No unit has this name: tmp is no unit type. */
export const UNFINISHED = ".new.tmp";

/**
 * Replaces a file's text so that whoever reads it, also after a crash, finds the old text or the new
 * one whole. Not durable on a disk: meant for the runtime directory.
 * @throws what node:fs throws.
 */
export function replaceFile(path: string, text: string): void {
  const unfinished = join(dirname(path), UNFINISHED);
  writeFileSync(unfinished, text, { mode: 0o644 });
  renameSync(unfinished, path);
}
