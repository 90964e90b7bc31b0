import { parseUnitName } from "@flotilla/unit";
import { HostUnitError, UnitManagerRefusedError } from "../unit-manager-error.ts";
import { asString } from "./decode.ts";
import type { SystemdSession } from "./systemd-session.ts";
import type { UnitDirectory } from "./unit-directory.ts";

export interface HostUnitParts {
  readonly session: SystemdSession;
  readonly directory: UnitDirectory;
  /** Directories that systemd searches for unit files. */
  readonly searchPath: readonly string[];
}

export interface HostUnitQuestion {
  readonly name: string;
  /** True if a unit of this name is known to be the cluster's. */
  readonly ours: boolean;
}

/**
 * Makes sure that a unit file of this name takes nothing from the host.
 *
 * @throws HostUnitError when the host has a file of this name, a mask or a template that would provide it, or
 *   when systemd has a unit of this name that no file of the cluster made, as a mount or a slice.
 */
export async function refuseHostUnit(
  parts: HostUnitParts,
  question: HostUnitQuestion,
  signal?: AbortSignal,
): Promise<void> {
  const { name, ours } = question;
  const { template } = parseUnitName(name);
  for (const file of template === undefined ? [name] : [name, template]) {
    const found = parts.directory.findHostFile(file, parts.searchPath);
    if (found !== undefined) throw new HostUnitError(name, found);
  }
  if (!ours && (await isLoadedByHost(parts, name, signal))) throw new HostUnitError(name, "loaded in systemd");
}

async function isLoadedByHost(
  { session, directory }: HostUnitParts,
  name: string,
  signal?: AbortSignal,
): Promise<boolean> {
  try {
    const path = await session.manager("GetUnit", "s", [name], ([unit]) => asString(unit), signal);
    const [loadState, activeState, fragment] = await Promise.all(
      ["LoadState", "ActiveState", "FragmentPath"].map((key) => session.property(path, "Unit", key, asString, signal)),
    );
    if (loadState === "not-found") return false;
    // Once stopped, a unit from the place of our link is what is left of a removed one; nothing of it is at stake.
    const stopped = activeState === "inactive" || activeState === "failed";
    return !(stopped && directory.holds(fragment ?? "", name));
  } catch (error) {
    // systemd does not know the unit.
    if (error instanceof UnitManagerRefusedError) return false;
    throw error;
  }
}
