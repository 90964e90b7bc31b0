import { shortMachineID } from "@flotilla/model";
import { firstThere } from "./first-there.ts";
import type { Filter } from "./filter.ts";

/** Replaces, seen by the unit that asks for it: not with a unit that it replaces, unless it takes that one's place. */
export const replacesFilter: Filter = {
  name: "Replaces",
  check({ name }, room, plan) {
    const subject = firstThere(plan.relations.replacedBy(name), room, plan);
    return subject === undefined ? undefined : { subject };
  },
  explain({ subject }) {
    return `it replaces ${subject}, which is there`;
  },
  fix({ subject, example }) {
    return `stop ${subject} on machine ${shortMachineID(example.id)}, or add a machine`;
  },
};
