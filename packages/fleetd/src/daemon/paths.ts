import { join } from "node:path";

/** Where fleetd keeps things, for root's daemon and for one of a user's own. */
export interface DaemonPaths {
  readonly configFile: string;
  /** Emptied by a reboot, kept over a restart. */
  readonly runtimeDirectory: string;
  readonly socket: string;
  readonly embeddedStore: string;
  /** $XDG_RUNTIME_DIR of the user whose daemon this is; empty for root's. */
  readonly userRuntimeDirectory: string;
}

export function systemPaths(): DaemonPaths {
  return {
    configFile: "/etc/fleet/fleet.conf",
    runtimeDirectory: "/run/fleet",
    socket: "/run/fleet.sock",
    embeddedStore: "/var/lib/fleet/store.db",
    userRuntimeDirectory: "",
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
    userRuntimeDirectory: runtime,
  };
}
