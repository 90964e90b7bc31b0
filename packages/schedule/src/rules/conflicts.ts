import { shortMachineID } from "@flotilla/model";
import type { ApartRule } from "./rule.ts";

/**
 * Conflicts=: two units may not share a machine if one of them names the other. The rule does not apply to two units of
 * which one replaces the other, because Replaces= keeps them apart.
 */
export const conflictsRule: ApartRule = {
  kind: "apart",
  name: "Conflicts",
  examples: [
    { section: "X-Fleet", name: "Conflicts", value: "a.service" },
    { section: "X-Fleet", name: "Conflicts", value: "w@*" },
  ],
  asks: ({ requirements }) => requirements.conflicts.length > 0,
  clashes(unit, other, { patterns, links }) {
    const named =
      patterns.anyMatches(unit.requirements.conflicts, other.name) ||
      patterns.anyMatches(other.requirements.conflicts, unit.name);
    return named && !links.replacedBy(unit.name).has(other.name) && !links.replacersOf(unit.name).has(other.name);
  },
  explain({ subject }) {
    return `conflicts with ${subject}`;
  },
  fix({ subject, example }) {
    return `stop ${subject} on machine ${shortMachineID(example.id)}, or add a machine`;
  },
};
