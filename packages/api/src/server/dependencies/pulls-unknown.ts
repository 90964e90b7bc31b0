import type { ClusterSnapshot } from "@flotilla/model";
import { relationsOf, type UnitOption } from "@flotilla/unit";

/** Whether the file may bring up a unit that the live copy does not show (yet). */
export function pullsUnknown(unit: string, options: readonly UnitOption[], { units }: ClusterSnapshot): boolean {
  return relationsOf(unit, options).some((relation) => {
    const isPull = ["requires", "bindsTo", "wants", "upholds"].includes(relation.kind);
    return isPull && relation.unit === unit && !units.has(relation.on);
  });
}
