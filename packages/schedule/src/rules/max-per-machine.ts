import { membersText } from "./group-of.ts";
import type { CrowdRule } from "./rule.ts";

/** MaxPerMachine=: no more instances of the template on one machine than that. */
export const maxPerMachineRule: CrowdRule = {
  kind: "crowd",
  name: "MaxPerMachine",
  examples: [
    { section: "X-Fleet", name: "MaxPerMachine", value: "1" },
    { section: "X-Fleet", name: "MaxPerMachine", value: "2" },
  ],
  most: ({ requirements }) => requirements.maxPerMachine,
  explain({ subject, count }, unit) {
    const there = membersText(Number(subject), unit);
    return `${there} ${count === 1 ? "there" : "on each"}, as many as MaxPerMachine= allows`;
  },
  fix(_group, { name }) {
    return `add a machine, or raise MaxPerMachine= of ${name}`;
  },
};
