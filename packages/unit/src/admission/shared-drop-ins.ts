import { parseUnitName } from "../name.ts";
import type { Requirements } from "../requirements.ts";
import { RequirementsError } from "../requirements-error.ts";

/**
 * Refuses an exclusive unit whose drop-ins other units would share. The guard blocks the start of an exclusive unit with
 * a drop-in in the unit's own directory, so the drop-in must apply to that unit only. Templates get no drop-in.
 *
 * @throws RequirementsError for an exclusive unit whose name ends in a dash before its suffix or instance.
 */
export function refuseSharedDropIns(name: string, { exclusive }: Requirements): void {
  const { prefix, type } = parseUnitName(name);
  if (!exclusive || !prefix.endsWith("-")) return;
  throw new RequirementsError(
    `${name} cannot have Exclusive=true in [X-Fleet]: systemd applies its drop-ins to every ${type} whose name begins with ` +
      `"${prefix}" (systemd.unit(5)); give the unit a name that does not end in a dash`,
  );
}
