import type { Unit } from "@flotilla/model";
import type { Steps } from "../effort.ts";
import { firstRejection } from "../placement/check.ts";
import type { Placement } from "../placement/placement.ts";
import type { Slot } from "../placement/slot.ts";
import { byDepth, byName } from "./order.ts";

/**
 * The unit with all units that must be on its machine: its anchors, their followers, and so on, anchors first. None of
 * them can leave the slot alone.
 */
export function unitsTogether(unit: Unit, slot: Slot, placement: Placement): readonly Unit[] {
  const { links, wanted } = placement;
  const names = new Set([unit.name]);
  for (const name of names) {
    for (const { anchor } of links.anchorsOf(name)) if (placement.has(anchor, slot)) names.add(anchor);
    for (const follower of links.followersOf(name)) if (placement.has(follower, slot)) names.add(follower);
  }
  const units = [...names].flatMap((name) => wanted.get(name) ?? []);
  return units.sort((a, b) => byDepth(a, b, placement) || byName(a, b));
}

/**
 * Whether a slot can take all of the units, which are in no slot. They are put there one after the other, because each
 * must fit beside those before it, and taken off again.
 */
export function canTake(slot: Slot, units: readonly Unit[], placement: Placement): boolean {
  const tried: Unit[] = [];
  try {
    for (const unit of units) {
      if (firstRejection(placement.rules.all, unit, slot, placement)) return false;
      if (units.length === 1) return true;
      placement.put(unit, slot);
      tried.push(unit);
    }
    return true;
  } finally {
    for (const unit of tried) placement.remove(unit, slot);
  }
}

/** Runs a search for another place as if the units had left their slot already. */
export function* asIfGone<T>(
  units: readonly Unit[],
  slot: Slot,
  placement: Placement,
  search: () => Steps<T>,
): Steps<T> {
  for (const unit of units) placement.remove(unit, slot);
  try {
    return yield* search();
  } finally {
    for (const unit of units) placement.put(unit, slot);
  }
}
