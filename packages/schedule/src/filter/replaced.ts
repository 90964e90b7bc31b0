import { shortMachineID } from "@flotilla/model";
import { firstThere } from "./first-there.ts";
import type { Filter } from "./filter.ts";

/** Replaces, seen by the unit that is replaced: not with the one that takes its place. */
export const replacedFilter: Filter = {
  name: "Replaced",
  check({ name }, room, plan) {
    const subject = firstThere(plan.relations.replacersOf(name), room, plan);
    return subject === undefined ? undefined : { subject };
  },
  explain({ subject }) {
    return `${subject} has taken its place`;
  },
  fix({ subject, example }) {
    return `add a machine, or stop ${subject} on machine ${shortMachineID(example.id)}`;
  },
};
