import { type Dirent, lstatSync, readdirSync, readlinkSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** The entries of a directory; none when it does not exist or is not a directory. */
export function entriesOf(directory: string): readonly Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(codeOf(error))) return [];
    throw error;
  }
}

export function namesIn(directory: string): readonly string[] {
  return entriesOf(directory).map(({ name }) => name);
}

/** Whether there is a file, a directory or a link of this name; a link's target need not exist. */
export function exists(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    // One of the directories that systemd searches is a file.
    if (codeOf(error) === "ENOTDIR") return false;
    throw error;
  }
}

/** The text of a symbolic link; undefined for anything else. */
export function linkText(path: string): string | undefined {
  return exists(path) && lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined;
}

/** The absolute path that a symbolic link leads to; undefined for anything else. */
export function linkTarget(path: string): string | undefined {
  const text = linkText(path);
  return text === undefined ? undefined : resolve(dirname(path), text);
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "";
}
