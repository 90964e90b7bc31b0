import { chownSync, closeSync, fchmodSync, fsyncSync, openSync, readFileSync, realpathSync, renameSync } from "node:fs";
import { mkdirSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { OptionName } from "../config/fleetd-options.ts";

type Options = Readonly<Partial<Record<OptionName, string>>>;

/** Sets options in the text of fleet.conf. Other lines stay as they are, comments included. */
export function withOptions(text: string, options: Options): string {
  const lines = text === "" ? [] : text.replace(/\n$/, "").split("\n");
  for (const [name, value] of Object.entries(options)) {
    const wanted = `${name}=${quoted(value)}`;
    const present = lines.flatMap((line, index) => (keyOf(line) === name ? [index] : []));
    // The last of several lines counts.
    const last = present.at(-1);
    if (last === undefined) lines.push(wanted);
    else lines[last] = wanted + (lines[last]?.endsWith("\r") ? "\r" : "");
  }
  return `${lines.join("\n")}\n`;
}

/** As the ini parser does: the key may have blanks and quotes around it. */
function keyOf(line: string): string {
  return /^\s*["']?(\w+)["']?\s*=/.exec(line)?.[1] ?? "";
}

/** fleet.conf needs quotes around `;` and `#` (docs/reference/configuration.md). */
function quoted(value: string): string {
  return /^[\w.:/,[\]-]+$/.test(value) ? value : JSON.stringify(value);
}

/**
 * Sets options in fleet.conf, durably and as a whole. Keeps the file's owner and mode, because it may hold a password.
 * Creates a missing file.
 * @throws the errors of node:fs.
 */
export function setOptions(path: string, options: Options): void {
  const file = known(() => realpathSync(path)) ?? path;
  const text = known(() => readFileSync(file, "utf8")) ?? "";
  const stats = known(() => statSync(file));
  mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
  const unfinished = `${file}.new`;
  const descriptor = openSync(unfinished, "w", 0o600);
  try {
    writeSync(descriptor, withOptions(text, options));
    fchmodSync(descriptor, stats ? stats.mode & 0o7777 : 0o644);
    if (stats) chownSync(unfinished, stats.uid, stats.gid);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(unfinished, file);
}

/** Undefined if the file does not exist. */
function known<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
