import { parseUnitFile, triggeredUnitOf } from "@flotilla/unit";
import type { Host } from "./host.ts";

/** The cluster's sockets on this host that start this unit. */
export function socketsOf({ systemd }: Host, unit: string): string[] {
  return [...systemd.files.keys()].filter(
    (name) =>
      name.endsWith(".socket") && triggeredUnitOf(name, parseUnitFile(systemd.files.get(name) ?? "").options) === unit,
  );
}

/**
 * Returns the socket for which the agent must restart this unit. That socket cannot start while the unit runs, and its
 * start has not been tried yet.
 */
export function claimantOf(host: Host, unit: string): string | undefined {
  return socketsOf(host, unit).find((name) => host.launches.all.get(name)?.phase === "loaded");
}
