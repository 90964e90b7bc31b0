import { join } from "node:path";

/** Where fleetd keeps things, for root's daemon and for one of a user's own. */
export interface DaemonPaths {
  readonly configFile: string;
  /** Emptied by a reboot, kept over a restart. */
  readonly runtimeDirectory: string;
  /** Kept over a reboot. */
  readonly stateDirectory: string;
  readonly socket: string;
  /** $XDG_RUNTIME_DIR of the user whose daemon this is; empty for root's. */
  readonly userRuntimeDirectory: string;
}

export function systemPaths(): DaemonPaths {
  return {
    configFile: "/etc/fleet/fleet.conf",
    runtimeDirectory: "/run/fleet",
    stateDirectory: "/var/lib/fleet",
    socket: "/run/fleet.sock",
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
    stateDirectory: join(environment["XDG_STATE_HOME"] ?? join(home, ".local/state"), "fleet"),
    socket: join(runtime, "fleet.sock"),
    userRuntimeDirectory: runtime,
  };
}
