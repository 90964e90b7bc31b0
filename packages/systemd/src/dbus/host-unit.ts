import { parseUnitName } from "@flotilla/unit";
import { HostUnitError } from "../unit-manager-error.ts";
import { asString } from "./decode.ts";
import { unitObjectPath } from "./object-path.ts";
import type { SystemdSession } from "./systemd-session.ts";
import type { UnitDirectory } from "./unit-directory.ts";
import { readUnitRows } from "./unit-row.ts";
import { unlessRefused } from "./unless-refused.ts";

/** What systemd has loaded under a name: nothing of the host's, at most what is left of a unit of ours. */
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

/**
 * Of these units, those that systemd has loaded without a file of the cluster's, as a mount or a slice ("host"), or from
 * one that is gone ("left over"). One question for all; systemd loads nothing for it.
 */
export async function findLoaded(
  session: SystemdSession,
  directory: UnitDirectory,
  names: readonly string[],
): Promise<ReadonlyMap<string, LoadedAs>> {
  if (names.length === 0) return new Map();
  const patterns = names.map((name) => name.replaceAll("\\", "\\\\"));
  const rows = await session.manager("ListUnitsByPatterns", "asas", [[], patterns], readUnitRows);
  const loaded = rows.filter(({ loadState }) => loadState !== "not-found");
  const entries = loaded.map(async ({ name, activeState }): Promise<[string, LoadedAs]> => {
    const stopped = activeState === "inactive" || activeState === "failed";
    // Once stopped, a unit from the place of our link is what is left of a removed one; nothing of it is at stake.
    return [name, stopped && (await isOurs(session, directory, name)) ? "left over" : "host"];
  });
  return new Map(await Promise.all(entries));
}

async function isOurs(session: SystemdSession, directory: UnitDirectory, name: string): Promise<boolean> {
  const fragment = session.property(unitObjectPath(name), "Unit", "FragmentPath", asString);
  return directory.holds((await unlessRefused(fragment)) ?? "", name);
}
