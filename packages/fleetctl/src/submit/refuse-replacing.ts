import { hashOptions } from "@flotilla/unit";
import type { WantedUnit } from "../arguments/wanted-units.ts";
import { CommandError } from "../command-error.ts";

const REPLACEABLE = {
  submit: ["inactive"],
  load: ["inactive", "loaded"],
  start: ["inactive", "loaded", "launched"],
} as const;

/**
 * Refuses a replacement that would lower a unit's desired state, such as `submit --replace` of a running unit. fleet
 * warned and kept the old file; here that is an error.
 *
 * @throws CommandError naming the first such unit and the right command.
 */
export function refuseReplacing(command: keyof typeof REPLACEABLE, units: readonly WantedUnit[]): void {
  for (const { name, known, local } of units) {
    if (!known || !local || hashOptions(local.file.options) === known.hash) continue;
    const allowed: readonly string[] = REPLACEABLE[command];
    if (allowed.includes(known.desiredState)) continue;
    const use = known.desiredState === "loaded" ? "load" : "start";
    throw new CommandError(
      `Warning: can not replace Unit(${name}) in state '${known.desiredState}', use the appropriate command: ` +
        `fleetctl ${use} --replace. Nothing was changed.`,
    );
  }
}
