import { mkdirSync, renameSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The name of the unfinished file in each directory. No unit can have it, because tmp is not a unit type. */
export const UNFINISHED = ".new.tmp";

/**
 * Replaces the text of a file atomically: a reader gets the old or the new text as a whole, even after a crash. Does
 * not sync: after a power cut the file may be empty, which readers must treat as missing. Creates a missing directory.
 * @param time the modification time to set, seconds since the epoch. Default now.
 * @throws the errors of node:fs.
 */
export function replaceFile(path: string, text: string, time?: number): void {
  const unfinished = join(dirname(path), UNFINISHED);
  try {
    write(unfinished, text);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // Node does not name the file when the disk is full, and users do not know the unfinished one.
    const { message } = error;
    error.message = message.includes(unfinished) ? message.replace(unfinished, path) : `${message} '${path}'`;
    throw error;
  }
  if (time !== undefined) utimesSync(unfinished, time, time);
  renameSync(unfinished, path);
}

function write(path: string, text: string): void {
  // With all three options Node 24.21 needs one call; without them, four and a buffer.
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
 * Removes a file if it exists. `rmSync` is unsuitable: its error for a read-only file system has neither a code nor a
 * path (Node 24).
 * @throws the errors of node:fs.
 */
export function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
