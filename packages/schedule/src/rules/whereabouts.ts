import { shortMachineID } from "@flotilla/model";
import { listed } from "../wording.ts";
import type { View } from "./view.ts";

/** Where a unit is, or why it has no machine, as a clause that follows "which". */
export function whereabouts(name: string, view: View): string {
  const unit = view.snapshot.units.get(name);
  if (!unit) return "the cluster does not know";
  if (unit.desired === "inactive") return "is inactive";
  const ids = view.placesOf(name).map(({ machine }) => shortMachineID(machine.id));
  return ids.length === 0 ? "has no machine itself" : `is on ${listed(ids, "and")}`;
}
