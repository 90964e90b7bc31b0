import { parseUnitFile, triggeredUnitOf } from "@flotilla/unit";
import type { Host } from "./host.ts";

/**
 * Returns the socket for which the agent must restart this unit: it cannot start while the unit runs, and no start of
 * it has been tried.
 */
export function claimantOf({ systemd, launches }: Host, unit: string): string | undefined {
  return [...systemd.files.keys()]
    .filter((name) => name.endsWith(".socket") && launches.all.get(name)?.phase === "loaded")
    .find((name) => triggeredUnitOf(name, parseUnitFile(systemd.files.get(name) ?? "").options) === unit);
}
