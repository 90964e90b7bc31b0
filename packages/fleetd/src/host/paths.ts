import { join } from "node:path";

/** The files and directories of a daemon, which differ between root's daemon and a user's daemon. */
export interface DaemonPaths {
  readonly configFile: string;
  /** A directory that survives a restart of the daemon, but not a reboot. */
  readonly runtimeDirectory: string;
  /** A directory that survives a reboot. */
  readonly stateDirectory: string;
  readonly socket: string;
  /** The socket on which systemd asks for secrets. */
  readonly secretsSocket: string;
  /** Where systemd notes when each timer with Persistent= has last elapsed (systemd.timer(5)). */
  readonly timerStamps: string;
  /** $XDG_RUNTIME_DIR of the daemon's user; empty for root's daemon. */
  readonly userRuntimeDirectory: string;
}

export function systemPaths(): DaemonPaths {
  return {
    configFile: "/etc/fleet/fleet.conf",
    runtimeDirectory: "/run/fleet",
    stateDirectory: "/var/lib/fleet",
    socket: "/run/fleet.sock",
    secretsSocket: "/run/fleet/secrets.sock",
    timerStamps: "/var/lib/systemd/timers",
    userRuntimeDirectory: "",
  };
}

/**
 * Returns the paths of a user's daemon: the XDG base directories (file-hierarchy(7), systemd.unit(5) on user units).
 * @param environment should have XDG_RUNTIME_DIR and HOME.
 */
export function userPaths(environment: Readonly<Record<string, string | undefined>>): DaemonPaths {
  const runtime = environment["XDG_RUNTIME_DIR"] ?? `/run/user/${process.getuid?.() ?? 0}`;
  const home = environment["HOME"] ?? "/";
  return {
    configFile: join(environment["XDG_CONFIG_HOME"] ?? join(home, ".config"), "fleet/fleet.conf"),
    runtimeDirectory: join(runtime, "fleet"),
    stateDirectory: join(environment["XDG_STATE_HOME"] ?? join(home, ".local/state"), "fleet"),
    socket: join(runtime, "fleet.sock"),
    secretsSocket: join(runtime, "fleet/secrets.sock"),
    timerStamps: join(environment["XDG_DATA_HOME"] ?? join(home, ".local/share"), "systemd/timers"),
    userRuntimeDirectory: runtime,
  };
}
