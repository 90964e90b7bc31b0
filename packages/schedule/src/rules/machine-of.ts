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
    const circle = view.links.circleOf(unit.name);
    if (circle) return `MachineOf forms a circle (${circle.join(" -> ")})`;
    return `MachineOf names ${subject}, which ${whereabouts(subject, view)}`;
  },
  fix({ subject }, unit, view) {
    const circle = view.links.circleOf(unit.name);
    if (circle) return `remove MachineOf from one of ${listed([...new Set(circle)], "and")}`;
    const anchor = view.snapshot.units.get(subject);
    if (!anchor) return `submit and start ${subject}`;
    if (anchor.desired === "inactive") return `start ${subject}`;
    if (!view.isPlaced(subject)) return `find out why ${subject} has no machine`;
    return `let ${subject} run where ${unit.name} can`;
  },
};
