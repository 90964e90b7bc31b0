import type { Unit } from "@flotilla/model";
import { triggeredUnitOf } from "@flotilla/unit";
import type { Filter } from "./filter.ts";
import { whereabouts } from "./machine-of.ts";

/** A timer, path or socket and the unit that it triggers: only where the one of the two that leads has its place. */
export const triggeredByFilter: Filter = {
  name: "TriggeredBy",
  check({ name }, room, plan) {
    const subject = plan.relations.leadersOf(name).find((leader) => !plan.has(leader, room));
    return subject === undefined ? undefined : { subject };
  },
  explain({ subject }, unit, plan) {
    return `it ${triggers(unit, subject) ? "triggers" : "is triggered by"} ${subject}, which ${whereabouts(subject, plan)}`;
  },
  fix({ subject }, { name }, plan) {
    if (plan.snapshot.units.get(subject)?.desired === "inactive") return `load ${subject}`;
    if (!plan.isPlaced(subject)) return `find out why ${subject} has no machine`;
    return `let ${subject} run where ${name} can`;
  },
};

function triggers({ name, file }: Unit, other: string): boolean {
  return triggeredUnitOf(name, file.options) === other;
}
