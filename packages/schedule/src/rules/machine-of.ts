import { listed } from "../wording.ts";
import type { TogetherRule } from "./rule.ts";
import { whereabouts } from "./whereabouts.ts";

/** MachineOf=: only the machine that has all the named units. */
export const machineOfRule: TogetherRule = {
  kind: "together",
  name: "MachineOf",
  examples: [{ section: "X-Fleet", name: "MachineOf", value: "a.service" }],
  implied: false,
  mentions: ({ requirements }) => requirements.machineOf,
  links: ({ name, requirements }) => requirements.machineOf.map((anchor) => ({ follower: name, anchor })),
  explain({ subject }, unit, view) {
    const cycle = view.links.cycleOf(unit.name);
    if (cycle) return `MachineOf forms a cycle (${cycle.join(" -> ")})`;
    return `MachineOf names ${subject}, which ${whereabouts(subject, view)}`;
  },
  fix({ subject }, unit, view) {
    const cycle = view.links.cycleOf(unit.name);
    if (cycle) return `remove MachineOf from one of ${listed([...new Set(cycle)], "and")}`;
    const anchor = view.snapshot.units.get(subject);
    if (!anchor) return `submit and start ${subject}`;
    if (anchor.desired === "inactive") return `start ${subject}`;
    if (!view.isPlaced(subject)) return `find out why ${subject} has no machine`;
    return `let ${subject} run where ${unit.name} can`;
  },
};
