import { mkdirSync, renameSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** In each directory, the file that is being written. No unit has this name: tmp is no unit type. */
export const UNFINISHED = ".new.tmp";

/**
 * Replaces a file's text so that whoever reads it, also after a crash, finds the old text or the new
 * one whole. Not synced: after a power cut a file on a disk may be empty, which its reader takes for none. A directory
 * that somebody has removed is made again.
 * @param time when it is to seem to have been written, seconds since the epoch. Default now.
 * @throws what node:fs throws.
 */
export function replaceFile(path: string, text: string, time?: number): void {
  const unfinished = join(dirname(path), UNFINISHED);
  try {
    write(unfinished, text);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // Of a full disk Node names no file; and nobody looks for the unfinished one.
    const { message } = error;
    error.message = message.includes(unfinished) ? message.replace(unfinished, path) : `${message} '${path}'`;
    throw error;
  }
  if (time !== undefined) utimesSync(unfinished, time, time);
  renameSync(unfinished, path);
}

function write(path: string, text: string): void {
  // With all three, Node needs one call for it (24.21): without, four and a buffer.
  const options = { mode: 0o644, encoding: "utf8", flag: "w" } as const;
  try {
    writeFileSync(path, text, options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    writeFileSync(path, text, options);
  }
}

/**
 * Removes a file, if it is there. Node's `rmSync` is not used: of a file system that is read-only it says neither its
 * code nor its name (Node 24).
 * @throws what node:fs throws.
 */
export function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
