import { parseUnitName } from "@flotilla/unit";
import { HostUnitError } from "../unit-manager-error.ts";
import { asString } from "./decode.ts";
import type { SystemdSession } from "./systemd-session.ts";
import type { UnitDirectory } from "./unit-directory.ts";
import { unlessRefused } from "./unless-refused.ts";

/** What a unit is that systemd has loaded: the host's, as a mount or a slice, or what is left of a removed one of ours. */
export type LoadedAs = "host" | "left over";

/**
 * Makes sure that a unit file of this name takes no file of the host's away.
 * @param searchPath directories that systemd searches for unit files.
 * @throws HostUnitError when the host has a file of this name, a mask or a template that would provide it.
 */
export function refuseHostFile(directory: UnitDirectory, searchPath: readonly string[], name: string): void {
  const { template } = parseUnitName(name);
  for (const file of template === undefined ? [name] : [name, template]) {
    const found = directory.findHostFile(file, searchPath);
    if (found !== undefined) throw new HostUnitError(name, found);
  }
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
  // Refused when systemd does not know the unit, or has forgotten it meanwhile.
  const path = await unlessRefused(session.manager("GetUnit", "s", [name], ([unit]) => asString(unit)));
  if (path === undefined) return undefined;
  const keys = ["LoadState", "ActiveState", "FragmentPath"];
  const state = Promise.all(keys.map((key) => session.property(path, "Unit", key, asString)));
  const [loadState, activeState, fragment] = (await unlessRefused(state)) ?? [];
  if (loadState === undefined || loadState === "not-found") return undefined;
  const stopped = activeState === "inactive" || activeState === "failed";
  // Once stopped, a unit from the place of our link is what is left of a removed one; nothing of it is at stake.
  return stopped && directory.holds(fragment ?? "", name) ? "left over" : "host";
}
