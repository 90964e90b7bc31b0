import { join } from "node:path";

/** Where fleetd keeps things, for root's daemon and for one of a user's own. */
export interface DaemonPaths {
  readonly configFile: string;
  /** Emptied by a reboot, kept over a restart. */
  readonly runtimeDirectory: string;
  readonly socket: string;
  readonly embeddedStore: string;
  /** The cluster's unit files on this machine, and where systemd finds them. */
  readonly unitDirectory: string;
  readonly unitLinkDirectory: string;
}

export function systemPaths(): DaemonPaths {
  return {
    configFile: "/etc/fleet/fleet.conf",
    runtimeDirectory: "/run/fleet",
    socket: "/run/fleet.sock",
    embeddedStore: "/var/lib/fleet/store.db",
    unitDirectory: "/run/fleet/units",
    unitLinkDirectory: "/run/systemd/system",
  };
}

/**
 * A user's own: the XDG base directories (file-hierarchy(7), systemd.unit(5) on user units).
 * @param environment needs XDG_RUNTIME_DIR and HOME.
 */
export function userPaths(environment: Readonly<Record<string, string | undefined>>): DaemonPaths {
  const runtime = environment["XDG_RUNTIME_DIR"] ?? `/run/user/${process.getuid?.() ?? 0}`;
  const home = environment["HOME"] ?? "/";
  return {
    configFile: join(environment["XDG_CONFIG_HOME"] ?? join(home, ".config"), "fleet/fleet.conf"),
    runtimeDirectory: join(runtime, "fleet"),
    socket: join(runtime, "fleet.sock"),
    embeddedStore: join(environment["XDG_STATE_HOME"] ?? join(home, ".local/state"), "fleet/store.db"),
    unitDirectory: join(runtime, "fleet/units"),
    unitLinkDirectory: join(runtime, "systemd/user"),
  };
}
