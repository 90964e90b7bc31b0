import type { ClusterSnapshot, Unit } from "@flotilla/model";
import { arrange } from "./arrange.ts";
import { type Decision, type Moment, NO_TIME } from "./decision.ts";
import { decideOnFailures } from "./decide-on-failure.ts";
import { decideOnExclusive } from "./decide-on-exclusive.ts";
import { decideOnGlobal } from "./decide-on-global.ts";
import { decideOnUnwanted } from "./decide-on-unwanted.ts";
import { decideOnUnit } from "./decide-on-unit.ts";

/**
 * What has to change for every unit to be where it should be (docs/scheduling.md): those that make
 * room first, then those that come.
 *
 * Synchronous, and the same for the same snapshot, whatever the order of its maps. After all of it
 * is applied there is no more to change, but for rare chains of replacements, which take some rounds.
 */
export function decide(snapshot: ClusterSnapshot, moment: Moment = NO_TIME): readonly Decision[] {
  const arrangement = arrange(snapshot, moment);
  const decisions: Decision[] = [];
  for (const [name, unit] of snapshot.units) {
    if (unit.desired === "inactive") decisions.push(...decideOnUnwanted(name, "inactive", snapshot, moment));
    else if (isExclusive(unit, snapshot)) decisions.push(...decideOnExclusive(unit, arrangement, moment));
    else if (unit.requirements.global) decisions.push(...decideOnGlobal(unit, arrangement));
    else decisions.push(...decideOnUnit(unit, arrangement));
  }
  for (const name of snapshot.assignments.keys()) {
    if (!snapshot.units.has(name)) decisions.push(...decideOnUnwanted(name, "destroyed", snapshot, moment));
  }
  decisions.push(...decideOnFailures(snapshot, moment));
  return decisions.sort(inOrder);
}

/** One that was exclusive stays so until the assignments that say so are over. */
function isExclusive({ name, requirements }: Unit, { assignments }: ClusterSnapshot): boolean {
  const places = assignments.get(name)?.values() ?? [];
  return requirements.exclusive || [...places].some(({ exclusive, stopping }) => exclusive && stopping);
}

const kinds: readonly Decision["kind"][] = [
  "unplace",
  "settle",
  "move",
  "place",
  "update",
  "note",
  "forget",
  "unplaceable",
];

function inOrder(a: Decision, b: Decision): number {
  return (
    kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || compare(a.unit, b.unit) || compare(machineIn(a), machineIn(b))
  );
}

function machineIn(decision: Decision): string {
  switch (decision.kind) {
    case "place":
    case "move":
      return decision.to;
    case "unplace":
      return decision.from;
    case "update":
    case "settle":
    case "note":
      return decision.on;
    case "forget":
    case "unplaceable":
      return "";
    default:
      return decision satisfies never;
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
