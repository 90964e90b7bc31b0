import type { Stats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { isUnitName, matchesGlob } from "@flotilla/unit";
import { unitPathOf } from "./unit-argument.ts";

/**
 * The unit files in a directory that an argument names, sorted; undefined if it names none. A word without a slash is
 * a unit's name and no directory: `redis` stays `redis.service` where a directory of that name happens to be.
 */
export async function unitFilesIn(directory: string, argument: string): Promise<readonly string[] | undefined> {
  if (!argument.includes("/") && argument !== "." && argument !== "..") return undefined;
  const isDirectory = (await statOf(directory, argument))?.isDirectory() ?? false;
  // `./redis` is `./redis.service` if there is one.
  const isFile = !argument.endsWith("/") && (await statOf(directory, unitPathOf(argument))) !== undefined;
  return isDirectory && !isFile ? listUnitFiles(directory, argument) : undefined;
}

/** The unit files here that a pattern matches in its last part, sorted: what a shell would have made of it unquoted. */
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
