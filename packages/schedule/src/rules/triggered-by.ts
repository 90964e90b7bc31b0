import type { Unit } from "@flotilla/model";
import { triggeredUnitOf } from "@flotilla/unit";
import type { TogetherRule } from "./rule.ts";
import type { PatternsView } from "./view.ts";
import { whereabouts } from "./whereabouts.ts";

/**
 * A trigger and its triggered unit share a machine, if the cluster knows both and nothing in their files keeps them
 * apart. The anchor is the unit whose file says more about its machine or, if both say the same, the triggered unit. A
 * trigger waits while its triggered unit is inactive.
 */
export const triggeredByRule: TogetherRule = {
  kind: "together",
  name: "TriggeredBy",
  examples: [],
  implied: true,
  mentions({ name, file }) {
    const triggered = triggeredUnitOf(name, file.options);
    return triggered === undefined ? [] : [triggered];
  },
  links(trigger, units, { patterns }) {
    const triggered = units.get(triggeredUnitOf(trigger.name, trigger.file.options) ?? "");
    if (!triggered || !mayBeTogether(trigger, triggered, patterns)) return [];
    if (exactness(trigger) > exactness(triggered)) return [{ follower: triggered.name, anchor: trigger.name }];
    return [{ follower: trigger.name, anchor: triggered.name }];
  },
  explain({ subject }, unit, view) {
    const verb = triggers(unit, subject) ? "triggers" : "is triggered by";
    return `it ${verb} ${subject}, which ${whereabouts(subject, view)}`;
  },
  fix({ subject }, { name }, view) {
    if (view.snapshot.units.get(subject)?.desired === "inactive") return `load ${subject}`;
    if (!view.isPlaced(subject)) return `find out why ${subject} has no machine`;
    return `let ${subject} run where ${name} can`;
  },
};

function triggers({ name, file }: Unit, other: string): boolean {
  return triggeredUnitOf(name, file.options) === other;
}

/** A unit file's own words about the other unit or about a machine have precedence over an implied link. */
function mayBeTogether(trigger: Unit, triggered: Unit, patterns: PatternsView): boolean {
  const [one, other] = [trigger.requirements, triggered.requirements];
  const names = ({ requirements }: Unit, { name }: Unit): boolean =>
    requirements.machineOf.includes(name) ||
    [...requirements.conflicts, ...requirements.replaces].some((pattern) => patterns.matches(pattern, name));
  const arePinned = one.machineID !== undefined && other.machineID !== undefined;
  return (
    trigger.name !== triggered.name &&
    !one.global &&
    !other.global &&
    !arePinned &&
    !names(trigger, triggered) &&
    !names(triggered, trigger)
  );
}

/** How much a file says about the machine that the unit needs. */
function exactness({ requirements: { machineID, machineOf, metadata } }: Unit): number {
  if (machineID !== undefined) return 3;
  if (machineOf.length > 0) return 2;
  return metadata.length > 0 ? 1 : 0;
}
