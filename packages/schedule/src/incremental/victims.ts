import type { Unit } from "@flotilla/model";
import type { Placement } from "../placement/placement.ts";
import type { Slot } from "../placement/slot.ts";
import type { PriorityRule } from "../rules/rule.ts";
import { followedBy } from "./followed-by.ts";

/** A unit with all units of the machine that leave with it. */
export interface Victim {
  readonly unit: Unit;
  readonly depth: number;
  /** The highest rank among the unit and its followers; infinite if one of them must stay. */
  rank: number;
}

/**
 * The units on the machine, each with the rank of those that leave with it.
 * @param preempting the unit for which they would leave. The units that it follows must stay.
 */
export function victimsIn(slot: Slot, preempting: Unit, rule: PriorityRule, placement: Placement): Victim[] {
  const { links, wanted } = placement;
  const followed = followedBy(preempting, placement);
  const victims = new Map<Unit, Victim>();
  for (const unit of slot.units) {
    const mustStay = unit.requirements.global || rule.spares(unit) || followed.has(unit.name);
    const rank = mustStay ? Number.POSITIVE_INFINITY : rule.rank(unit);
    victims.set(unit, { unit, depth: links.depth(unit.name), rank });
  }
  // Followers first, so that an anchor gets their rank.
  const deepestFirst = [...victims.values()].sort((a, b) => b.depth - a.depth);
  for (const { unit, rank } of deepestFirst) {
    for (const { anchor } of links.anchorsOf(unit.name)) {
      const other = wanted.get(anchor);
      const victim = other && victims.get(other);
      if (victim && victim.rank < rank) victim.rank = rank;
    }
  }
  return deepestFirst;
}
