import { parseUnitName } from "@flotilla/unit";
import { findLoadedUnit, isStopped } from "./loaded-unit.ts";
import type { SystemdSession } from "../session/systemd-session.ts";
import type { UnitDirectory } from "./unit-directory.ts";

/**
 * What a unit is that systemd has loaded: the host's, as a mount or a slice, or what is left of a removed one of ours;
 * lost is one that runs, and for which systemd finds no file any more.
 */
export type LoadedAs = "host" | "left over" | "lost";

/**
 * Where the host has a file that provides a unit of this name.
 * @param aliased the unit of the cluster's that has this name as an alias, by a link which is not the host's.
 * @param searchPath directories that systemd searches for unit files.
 * @returns the path of a file of this name, of a mask, or of the template; undefined when there is none.
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

/** Of these units, those that systemd has loaded although none is known to be the cluster's; it loads nothing for it. */
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
  // Once stopped, a unit from the place of our link is what is left of a removed one; nothing of it is at stake.
  return isStopped(unit) && directory.holds(unit.fragment, name) ? "left over" : "host";
}
