import { isExclusive } from "../history/exclusive.ts";
import type { Plan } from "../incremental/plan.ts";
import { decideOnExclusive } from "./decide-on-exclusive.ts";
import { decideOnFailure } from "./decide-on-failure.ts";
import { decideOnGlobal } from "./decide-on-global.ts";
import { decideOnUnit } from "./decide-on-unit.ts";
import { decideOnUnwanted } from "./decide-on-unwanted.ts";
import type { Decision } from "./decision.ts";

/** Returns everything that must change for one unit, except at single places of a global unit. */
export function decideOn(name: string, plan: Plan): Decision[] {
  const { snapshot } = plan.placement;
  // An operator may still repair a unit that cannot be read; until then its copies stay as they are.
  if (snapshot.unreadable.has(name)) return [];
  const decisions = decideOnPlaces(name, plan);
  // A decision that records an attempt replaces the record, and a transaction writes a key only once.
  const isNoted = decisions.some(({ writes }) => writes.some(({ action }) => action === "note-attempts"));
  return isNoted ? decisions : [...decisions, ...decideOnFailure(name, plan)];
}

function decideOnPlaces(name: string, plan: Plan): Decision[] {
  const { moment } = plan;
  const { snapshot } = plan.placement;
  const unit = snapshot.units.get(name);
  if (!unit) return decideOnUnwanted(name, "destroyed", snapshot, moment);
  if (unit.desired === "inactive") return decideOnUnwanted(name, "inactive", snapshot, moment);
  if (isExclusive(unit, snapshot)) return decideOnExclusive(unit, plan, moment);
  return unit.requirements.global ? decideOnGlobal(unit, plan) : decideOnUnit(unit, plan);
}
