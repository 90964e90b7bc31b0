import {
  closeSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import type { Clock } from "@flotilla/runtime";
import { CommandError } from "../command-error.ts";
import { systemReason } from "../system-reason.ts";
import { parseContexts, serialiseContexts } from "./parse-contexts.ts";
import type { Contexts } from "./saved-context.ts";

/** How long a change waits for the change of another fleetctl, milliseconds. */
const LOCK_LIMIT_MS = 2_000;
const LOCK_PAUSE_MS = 20;

/** Returns the path of the user's contexts file, by the XDG Base Directory Specification. */
export function contextsPath(variables: Readonly<Record<string, string | undefined>>): string {
  const configured = variables["XDG_CONFIG_HOME"] ?? "";
  // The specification: a relative path is invalid and to be ignored.
  const base = isAbsolute(configured) ? configured : join(variables["HOME"] || homedir(), ".config");
  return join(base, "flotilla", "contexts.json");
}

/**
 * Returns the content of a contexts file; undefined if there is none.
 *
 * @throws CommandError for an unreadable or malformed file, and for one that other users may write.
 */
export function readContexts(path: string): Contexts | undefined {
  const file = contentOf(path);
  if (!file) return undefined;
  refuseOpenToOthers(file.mode, path);
  return parseContexts(file.text, path);
}

/** Undefined for a missing file. */
function contentOf(path: string): { readonly text: string; readonly mode: number } | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    return { text: readFileSync(file, "utf8"), mode: fstatSync(file).mode };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new CommandError(`cannot read contexts from ${path}: ${systemReason(error)}`);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/**
 * Changes a contexts file in one step: readers see the old or the new content. Changes of several processes follow one
 * another, so none is lost. Creates a missing file, readable by its owner only.
 *
 * @param change returns the new content; it may throw to change nothing.
 * @throws the error of `change`; CommandError for a file that cannot be read, written or locked.
 */
export async function changeContexts(
  path: string,
  change: (contexts: Contexts) => Contexts,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const real = realPathOf(path);
  const lock = `${real}.lock`;
  const file = await openLock(lock, clock, signal);
  // From here on nothing waits, so that an interrupt cannot leave the lock behind.
  let isDone = false;
  try {
    const text = serialiseContexts(change(readContexts(real) ?? { contexts: new Map() }));
    try {
      writeSync(file, text);
      fsyncSync(file);
      renameSync(lock, real);
      isDone = true;
    } catch (error) {
      throw new CommandError(`cannot write contexts to ${real}: ${systemReason(error)}`);
    }
  } finally {
    closeSync(file);
    if (!isDone) rmSync(lock, { force: true });
  }
}

/** A link to the file stays a link. */
function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** The lock is the new file under another name, which only one process can create; renaming it ends the lock. */
async function openLock(lock: string, clock: Clock, signal: AbortSignal): Promise<number> {
  const end = clock.monotonic() + LOCK_LIMIT_MS;
  for (;;) {
    try {
      mkdirSync(dirname(lock), { recursive: true, mode: 0o700 });
      return openSync(lock, "wx", 0o600);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST")
        throw new CommandError(`cannot write ${lock}: ${systemReason(error)}`);
      if (clock.monotonic() >= end)
        throw new CommandError(
          `cannot change the contexts: ${lock} exists, so another fleetctl is changing them; if none is, remove this file`,
        );
    }
    await clock.sleep(LOCK_PAUSE_MS, signal);
  }
}

/** Whoever can write the file decides where the user's requests go. */
function refuseOpenToOthers(mode: number, path: string): void {
  if ((mode & 0o022) === 0) return;
  throw new CommandError(`cannot use the contexts in ${path}: other users may write the file; run chmod 600 ${path}`);
}
