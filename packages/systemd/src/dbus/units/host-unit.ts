import { parseUnitName } from "@flotilla/unit";
import type { SystemdSession } from "../session/systemd-session.ts";
import { findLoadedUnit, isStopped } from "./loaded-unit.ts";
import type { UnitDirectory } from "./unit-directory.ts";

/**
 * The owner of a loaded unit that is not known to be the cluster's. "host": a unit of the host, such as a mount or a
 * slice. "left over": a removed unit of the cluster that systemd still has in memory. "lost": a running unit whose file
 * systemd no longer finds.
 */
export type LoadedAs = "host" | "left over" | "lost";

/**
 * Where the host has a file that provides a unit of this name.
 * @param aliased the unit of the cluster that has this name as an alias, by a link which is not the host's.
 * @param searchPath directories that systemd searches for unit files.
 * @returns the path of a file of this name, a mask, or the template; undefined when there is none.
 */
export function hostFileOf(
  directory: UnitDirectory,
  searchPath: readonly string[],
  name: string,
  aliased?: string,
): string | undefined {
  const { template } = parseUnitName(name);
  const files = template === undefined ? [name] : [name, template];
  const places = aliased === undefined ? searchPath : searchPath.filter((place) => !directory.isPlaceOfLinks(place));
  return files.map((file) => directory.findHostFile(file, places)).find((found) => found !== undefined);
}

/**
 * Returns those of the named units that systemd has loaded, without loading any.
 * @param names units that are not known to be the cluster's.
 */
export async function findLoaded(
  session: SystemdSession,
  directory: UnitDirectory,
  names: readonly string[],
): Promise<ReadonlyMap<string, LoadedAs>> {
  const found = await Promise.all(names.map(async (name) => [name, await loadedAs(session, directory, name)] as const));
  return new Map(found.filter((entry): entry is [string, LoadedAs] => entry[1] !== undefined));
}

async function loadedAs(
  session: SystemdSession,
  directory: UnitDirectory,
  name: string,
): Promise<LoadedAs | undefined> {
  const unit = await findLoadedUnit(session, name);
  if (unit === undefined) return undefined;
  if (unit.loadState === "not-found") return isStopped(unit) ? undefined : "lost";
  return isStopped(unit) && directory.holds(unit.fragment, name) ? "left over" : "host";
}
