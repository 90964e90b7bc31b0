import type { Stats } from "node:fs";
import { realpath, stat, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Backup } from "@flotilla/api/client";
import { CommandError } from "../command-error.ts";
import type { Environment } from "../environment.ts";
import { systemReason } from "../system-reason.ts";
import { replaceFile } from "./replace-file.ts";

type Output = Pick<Environment, "directory" | "stdout">;

/**
 * Writes a backup file, readable by its owner only. A regular file is replaced as a whole or not at all; a device or
 * pipe is written into.
 *
 * @param path `-` for standard output.
 * @returns whether a regular file has the backup now.
 * @throws CommandError if the target is not writable.
 */
export async function writeBackup({ directory, stdout }: Output, path: string, backup: Backup): Promise<boolean> {
  const text = `${JSON.stringify(backup, undefined, 2)}\n`;
  const target = resolve(directory, path);
  try {
    if (path === "-") {
      stdout.write(text);
      await stdout.flushed();
      return false;
    }
    const there = await statIfThere(target);
    if (there && !there.isFile()) {
      await writeFile(target, text);
      return false;
    }
    await replaceFile(there ? await realpath(target) : target, text);
    return true;
  } catch (error) {
    throw new CommandError(`cannot write ${path}: ${systemReason(error)}`);
  }
}

async function statIfThere(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
