import type { PriorityRule } from "./rule.ts";

/**
 * Priority= and Preempts=: a unit that preempts takes the capacity of units with a lower priority. Units that never move
 * are spared.
 */
export const priorityRule: PriorityRule = {
  kind: "priority",
  name: "Priority",
  examples: [],
  rank: ({ requirements }) => requirements.priority,
  preempts: ({ requirements }) => requirements.preempts,
  spares: ({ requirements }) => requirements.neverMoves,
  explain({ subject }, unit, { snapshot }) {
    const rank = snapshot.units.get(subject)?.requirements.priority ?? 0;
    return `it makes room for ${subject}, whose priority is ${rank} (its own is ${unit.requirements.priority})`;
  },
  fix(_group, { name }) {
    return `add a machine, or raise Priority= of ${name}`;
  },
};
