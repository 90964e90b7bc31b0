import { parseUnitName } from "../name.ts";
import type { Requirements } from "../requirements.ts";
import { RequirementsError } from "../requirements-error.ts";

/**
 * The guard keeps an exclusive unit from starting by a drop-in in the unit's own directory, which must reach no other
 * unit of the host. A template has no drop-in: its instances do.
 *
 * @throws RequirementsError for an exclusive unit whose name ends in a dash before its suffix or instance.
 */
export function refuseSharedDropIns(name: string, { exclusive }: Requirements): void {
  const { prefix, type } = parseUnitName(name);
  if (!exclusive || !prefix.endsWith("-")) return;
  throw new RequirementsError(
    `${name} cannot have Exclusive=true in [X-Fleet]: systemd applies its drop-ins to every ${type} whose name begins with ` +
      `"${prefix}" (systemd.unit(5)). Give the unit a name that does not end in a dash.`,
  );
}
