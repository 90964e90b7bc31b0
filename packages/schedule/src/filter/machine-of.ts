import { shortMachineID } from "@flotilla/model";
import type { Plan } from "../plan/plan.ts";
import { listed } from "../wording.ts";
import type { Filter } from "./filter.ts";

/** MachineOf: only where all the units that it names have their place. */
export const machineOfFilter: Filter = {
  name: "MachineOf",
  check({ requirements }, room, plan) {
    const subject = requirements.machineOf.find((target) => !plan.has(target, room));
    return subject === undefined ? undefined : { subject };
  },
  explain({ subject }, unit, plan) {
    const circle = plan.relations.circleOf(unit.name);
    if (circle) return `MachineOf goes in a circle (${circle.join(" -> ")})`;
    return `MachineOf names ${subject}, which ${whereabouts(subject, plan)}`;
  },
  fix({ subject }, unit, plan) {
    const circle = plan.relations.circleOf(unit.name);
    if (circle) return `take MachineOf out of one of ${listed([...new Set(circle)], "and")}`;
    const target = plan.snapshot.units.get(subject);
    if (!target) return `submit and start ${subject}`;
    if (target.desired === "inactive") return `start ${subject}`;
    if (!plan.isPlaced(subject)) return `find out why ${subject} has no machine`;
    return `let ${subject} run where ${unit.name} can`;
  },
};

/** Where a unit is, or why it is nowhere: follows "which". */
export function whereabouts(name: string, plan: Plan): string {
  const target = plan.snapshot.units.get(name);
  if (!target) return "the cluster does not know";
  if (target.desired === "inactive") return "is inactive";
  const ids = plan.placesOf(name).map(({ machine }) => shortMachineID(machine.id));
  return ids.length === 0 ? "has no machine itself" : `is on ${listed(ids, "and")}`;
}
