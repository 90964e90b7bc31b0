import type { Unit } from "@flotilla/model";
import type { Placement } from "../placement/placement.ts";
import type { Slot } from "../placement/slot.ts";
import type { PriorityRule } from "../rules/rule.ts";
import { byName } from "./order.ts";
import { victimsIn } from "./victims.ts";

/** A machine with the units to evict there. */
export interface Room {
  readonly slot: Slot;
  readonly victims: readonly Unit[];
  /** The highest rank among the victims and their followers. */
  readonly rank: number;
}

/**
 * The units that leave the machine so that the unit has capacity there: those with the lowest rank, and of these as few as
 * possible. Undefined if that is not enough.
 */
export function roomIn(slot: Slot, unit: Unit, rule: PriorityRule, placement: Placement): Room | undefined {
  const limit = rule.rank(unit);
  const candidates = victimsIn(slot, unit, rule, placement).filter(({ rank }) => rank < limit);
  const victims = new Set(candidates.map((victim) => victim.unit));
  const measured = placement.rules.capacity.map((capacity) => ({
    capacity,
    needed: capacity.consumes(unit),
    free: capacity.capacity(slot.machine) - slot.consumed(capacity),
  }));
  const missing = measured.filter(({ needed, free }) => needed > 0 && needed > free);
  const fits = (): boolean =>
    missing.every(({ capacity, needed, free }) => {
      let freed = free;
      for (const victim of victims) freed += capacity.consumes(victim);
      return needed <= freed;
    });
  if (missing.length === 0 || !fits()) return undefined;
  /** How much of what is missing the unit holds. */
  const share = (other: Unit): number =>
    missing.reduce((sum, { capacity, needed }) => sum + capacity.consumes(other) / needed, 0);
  const shares = new Map(candidates.map((victim) => [victim.unit, share(victim.unit)]));
  const lastFirst = candidates.sort(
    (a, b) =>
      b.rank - a.rank ||
      a.depth - b.depth ||
      (shares.get(a.unit) ?? 0) - (shares.get(b.unit) ?? 0) ||
      byName(a.unit, b.unit),
  );
  let rank = Number.NEGATIVE_INFINITY;
  for (const victim of lastFirst) {
    const isBound = placement.links.anchorsOf(victim.unit.name).some(({ anchor }) => isIn(victims, anchor, placement));
    victims.delete(victim.unit);
    if (!isBound && fits()) continue;
    victims.add(victim.unit);
    rank = Math.max(rank, victim.rank);
  }
  return { slot, victims: [...victims].sort(byName), rank };
}

function isIn(units: ReadonlySet<Unit>, name: string, { wanted }: Placement): boolean {
  const unit = wanted.get(name);
  return unit !== undefined && units.has(unit);
}
