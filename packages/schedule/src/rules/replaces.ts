import { shortMachineID } from "@flotilla/model";
import type { ReplacingRule } from "./rule.ts";

/** Replaces=: the unit takes the place of the named units, and none of them may be where the unit is. */
export const replacesRule: ReplacingRule = {
  kind: "replacing",
  name: "Replaces",
  examples: [{ section: "X-Fleet", name: "Replaces", value: "b.service" }],
  replaces: ({ requirements }) => requirements.replaces,
  explain({ subject }, unit, { links }) {
    if (links.replacersOf(unit.name).has(subject)) return `${subject} has taken its place`;
    return `it replaces ${subject}, which is there`;
  },
  fix({ subject, example }, unit, { links }) {
    const machine = shortMachineID(example.id);
    if (links.replacersOf(unit.name).has(subject)) return `add a machine, or stop ${subject} on machine ${machine}`;
    return `stop ${subject} on machine ${machine}, or add a machine`;
  },
};
