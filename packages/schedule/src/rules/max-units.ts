import { shortMachineID } from "@flotilla/model";
import type { CapacityRule } from "./rule.ts";

/** max_units of a machine: no more units than that come to the machine. A lower number later moves no unit. */
export const maxUnitsRule: CapacityRule = {
  kind: "capacity",
  name: "MaxUnits",
  examples: [],
  onlyOnArrival: true,
  countsUnits: true,
  consumes: () => 1,
  capacity: ({ maxUnits }) => maxUnits ?? Number.POSITIVE_INFINITY,
  reject: () => ({ subject: "max_units" }),
  explain({ count }) {
    return `${count === 1 ? "it has" : "they have"} as many units as max_units allows`;
  },
  fix({ example }) {
    return `raise max_units of machine ${shortMachineID(example.id)}, stop a unit there, or add a machine`;
  },
};
