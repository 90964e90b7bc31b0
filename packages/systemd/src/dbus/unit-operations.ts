import type { Logger } from "@flotilla/runtime";
import type { Pace } from "./session/pace.ts";
import type { SystemdSession } from "./session/systemd-session.ts";
import type { UnitFollower } from "./session/unit-follower.ts";
import type { UnitTable } from "./session/unit-table.ts";
import { findLoaded } from "./units/host-unit.ts";
import type { InstallLinks } from "./units/install-links.ts";
import type { UnitDirectory } from "./units/unit-directory.ts";
import { UnitEnabling } from "./units/unit-enabling.ts";
import { UnitJobs } from "./units/unit-jobs.ts";
import { UnitPlacement } from "./units/unit-placement.ts";
import { UnitReload } from "./units/unit-reload.ts";
import { UnitRemoval } from "./units/unit-removal.ts";

export interface UnitOperationsParts {
  readonly directory: UnitDirectory;
  readonly links: InstallLinks;
  readonly units: UnitTable;
  readonly follower: UnitFollower;
  readonly pace: Pace;
  /** @throws UnitManagerUnavailableError while systemd cannot be reached. */
  readonly session: () => SystemdSession;
  /** Directories that systemd searches for unit files. */
  readonly searchPath: () => readonly string[];
  readonly log: Logger;
}

/** The operations of the unit manager, one part for each. */
export interface UnitOperations {
  readonly enabling: UnitEnabling;
  readonly placement: UnitPlacement;
  readonly reload: UnitReload;
  readonly removal: UnitRemoval;
  readonly jobs: UnitJobs;
}

export function unitOperations(parts: UnitOperationsParts): UnitOperations {
  const { directory, links, units, follower, pace, session, searchPath, log } = parts;
  const enabling = new UnitEnabling({ directory, links, units, session, searchPath });
  const list = (name: string, signal?: AbortSignal): Promise<void> =>
    follower.list(session(), [name], undefined, signal);
  const placement = new UnitPlacement({
    directory,
    units,
    pace,
    searchPath,
    findLoaded: (names) => findLoaded(session(), directory, names),
    list,
    aliasOwner: (name) => links.ownerOf(name),
  });
  const reload = new UnitReload({ units, placement, enabling, session });
  const removal = new UnitRemoval({
    directory,
    units,
    placement,
    session,
    searchPath,
    disable: (name) => enabling.disable(name),
    reload: () => reload.run(),
    list,
    log,
  });
  const jobs = new UnitJobs({ units, follower, pace, session });
  return { enabling, placement, reload, removal, jobs };
}
