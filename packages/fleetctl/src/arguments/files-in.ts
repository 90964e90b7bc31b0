import type { Stats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { isUnitName, matchesGlob } from "@flotilla/unit";
import { unitPathOf } from "./unit-argument.ts";

/**
 * The sorted unit files in a directory; undefined if the argument names no directory. A word without a slash names a
 * unit and never a directory: `redis` is `redis.service` even beside a directory `redis`.
 */
export async function unitFilesIn(directory: string, argument: string): Promise<readonly string[] | undefined> {
  if (!argument.includes("/") && argument !== "." && argument !== "..") return undefined;
  const isDirectory = (await statOf(directory, argument))?.isDirectory() ?? false;
  // `./redis` is `./redis.service` if that file exists.
  const isFile = !argument.endsWith("/") && (await statOf(directory, unitPathOf(argument))) !== undefined;
  return isDirectory && !isFile ? listUnitFiles(directory, argument) : undefined;
}

/** The sorted local unit files whose names match the last part of a pattern, as a shell would expand it. */
export async function unitFilesLike(directory: string, pattern: string): Promise<readonly string[]> {
  const paths = await listUnitFiles(directory, dirname(pattern));
  return paths.filter((path) => matchesGlob(basename(pattern), basename(path)));
}

function statOf(directory: string, path: string): Promise<Stats | undefined> {
  return stat(resolve(directory, path)).catch(() => undefined);
}

async function listUnitFiles(directory: string, path: string): Promise<readonly string[]> {
  const entries = await readdir(resolve(directory, path), { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => !entry.isDirectory() && isUnitName(entry.name))
    .map(({ name }) => join(path, name))
    .toSorted();
}
