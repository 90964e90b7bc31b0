import { parseUnitFile, triggeredUnitOf } from "@flotilla/unit";
import type { Host } from "./host.ts";

/**
 * A socket that cannot start because this unit runs, for which the agent stops the unit and starts it again: one whose
 * start has not been tried so far.
 */
export function claimantOf({ systemd, launches }: Host, unit: string): string | undefined {
  return [...systemd.files.keys()]
    .filter((name) => name.endsWith(".socket") && launches.all.get(name)?.phase === "loaded")
    .find((name) => triggeredUnitOf(name, parseUnitFile(systemd.files.get(name) ?? "").options) === unit);
}
