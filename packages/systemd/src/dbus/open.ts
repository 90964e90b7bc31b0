import { join } from "node:path";
import type { Clock, Logger } from "@flotilla/runtime";
import { DbusUnitManager } from "./dbus-unit-manager.ts";
import { UnitDirectory } from "./units/unit-directory.ts";

export interface DbusUnitManagerOptions {
  /** "system" for the machine's systemd, "session" for a user's (`systemd --user`). */
  readonly bus: "system" | "session";
  /** The user's $XDG_RUNTIME_DIR; required for "session". */
  readonly runtimeDir?: string;
  /** D-Bus address of the bus. Default /run/dbus/system_bus_socket, or `bus` in the runtime directory. */
  readonly address?: string;
  /**
   * systemd's own socket, which systemctl uses as root. When it exists it is used instead of the bus, because that
   * costs less processor time (docs/decisions/0025-systemd-by-its-own-socket.md). An empty path disables it. Default
   * /run/systemd/private, or systemd/private in the runtime directory; disabled when `address` is given.
   */
  readonly socket?: string;
  /** The directory of the cluster's unit files. Default /run/fleet/units, or fleet/units in the runtime directory. */
  readonly unitDir?: string;
  /** systemd's directory of runtime units. Default /run/systemd/system, or systemd/user in the runtime directory. */
  readonly linkDir?: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  /** How long one D-Bus call may take, in milliseconds. Default 25,000. A job may take any time. */
  readonly callTimeoutMs?: number;
}

/** The default of libdbus. */
const CALL_LIMIT_MS = 25_000;

/**
 * Connects to systemd over D-Bus and lists the cluster's units. After that the unit manager reconnects by itself until
 * `close`; see `connected` and `onChange`.
 *
 * @throws UnitManagerUnavailableError or UnitManagerTimeoutError when systemd cannot be reached; any error soon after
 *   `signal` aborts.
 */
export async function openDbusUnitManager(
  options: DbusUnitManagerOptions,
  signal: AbortSignal = new AbortController().signal,
): Promise<DbusUnitManager> {
  const places = options.bus === "system" ? SYSTEM_PLACES : userPlaces(options.runtimeDir);
  const { address, unitDir, linkDir } = { ...places, ...options };
  const socket = options.socket ?? (options.address === undefined ? places.socket : "");
  const { clock, random, log, callTimeoutMs = CALL_LIMIT_MS } = options;
  const directory = new UnitDirectory(unitDir, linkDir);
  const manager = new DbusUnitManager({ address, socket, directory, clock, random, log, callTimeoutMs });
  try {
    await manager.open(signal);
  } catch (error) {
    await manager.close();
    throw error;
  }
  return manager;
}

interface Places {
  readonly address: string;
  readonly socket: string;
  readonly unitDir: string;
  readonly linkDir: string;
}

const SYSTEM_PLACES: Places = {
  address: "unix:path=/run/dbus/system_bus_socket",
  socket: "/run/systemd/private",
  unitDir: "/run/fleet/units",
  linkDir: "/run/systemd/system",
};

function userPlaces(runtimeDir: string | undefined): Places {
  if (runtimeDir === undefined) throw new TypeError("a session bus needs the user's runtime directory");
  return {
    address: `unix:path=${runtimeDir}/bus`,
    socket: join(runtimeDir, "systemd/private"),
    unitDir: join(runtimeDir, "fleet/units"),
    linkDir: join(runtimeDir, "systemd/user"),
  };
}
