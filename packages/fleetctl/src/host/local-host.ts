import { execFile } from "node:child_process";
import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import process from "node:process";
import { CommandError } from "../command-error.ts";
import { systemReason } from "../system-reason.ts";

/** What a program printed, and its exit code. */
export interface ProgramResult {
  readonly code: number;
  readonly output: string;
}

/** The host that fleetctl runs on, for commands that set up the daemon. */
export interface LocalHost {
  readonly isRoot: boolean;
  /** The endpoint of this host's daemon. */
  readonly endpoint: string;
  /** Returns a file's text; undefined if the file does not exist. @throws CommandError. */
  read(path: string): Promise<string | undefined>;
  /**
   * Replaces a file atomically and creates missing directories.
   * @param mode the permissions of a new file; an existing file keeps its own, unless they allow more.
   * @throws CommandError; then the file is as it was before.
   */
  write(path: string, text: string, mode: number): Promise<void>;
  /** Removes a file if it exists. */
  remove(path: string): Promise<void>;
  /** Runs a program to its end. A program that does not start has the exit code 127. */
  run(command: readonly [string, ...string[]]): Promise<ProgramResult>;
}

/** How long systemctl may take, milliseconds: the start of a unit has 90 s. */
const PROGRAM_LIMIT_MS = 120_000;

/** The real host. */
export const localHost: LocalHost = {
  isRoot: process.getuid?.() === 0,
  endpoint: "unix:///run/fleet.sock",
  read: (path) => explained(`cannot read ${path}`, unlessMissing(readFile(path, "utf8"))),
  write: (path, text, mode) => explained(`cannot write ${path}`, replace(path, text, mode)),
  remove: (path) => explained(`cannot remove ${path}`, rm(path, { force: true })),
  run: ([program, ...args]) =>
    new Promise((resolve) => {
      execFile(program, args, { timeout: PROGRAM_LIMIT_MS }, (error, stdout, stderr) => {
        const { code = 1 } = (error ?? { code: 0 }) as { readonly code?: number | string };
        resolve({ code: typeof code === "number" ? code : 127, output: `${stdout}${stderr}`.trim() });
      });
    }),
};

async function unlessMissing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function replace(path: string, text: string, mode: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  const before = (await unlessMissing(stat(path)))?.mode ?? mode;
  const unfinished = `${path}.new`;
  await rm(unfinished, { force: true });
  try {
    await writeFile(unfinished, text, { mode: 0o600, flush: true });
    await chmod(unfinished, before & mode);
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

async function explained<T>(what: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new CommandError(`${what}: ${systemReason(error)}`, { cause: error });
  }
}
