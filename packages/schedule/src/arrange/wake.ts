import type { Unit } from "@flotilla/model";
import type { Steps } from "../effort.ts";
import { conflict } from "../filter/conflicts.ts";
import type { Arrangement } from "./arrangement.ts";

/**
 * Wakes the units without a place for which something may have changed, because another unit came or went or may do so
 * in this pass: it has been in their way, they go with it, or one of the two replaces the other. To wake one too many
 * does no harm.
 *
 * @param moved units that came or went, or are others than before.
 * @param leaving units that may leave in this pass, and with them those that follow.
 * @returns the names of all that may have to leave in this pass.
 */
export function* wake(
  moved: Iterable<Unit>,
  leaving: readonly Unit[],
  arrangement: Arrangement,
): Steps<ReadonlySet<string>> {
  const { plan, homeless, awake, crowdedOut } = arrangement;
  const { relations, wanted } = plan;
  const seen = new Set<Unit>();
  const mayLeave = new Set<string>();
  if (homeless.size === awake.size && leaving.length === 0 && !relations.hasReplacements) return mayLeave;
  const queue: Unit[] = [];
  const visit = (unit: Unit | undefined): void => {
    if (!unit || seen.has(unit)) return;
    seen.add(unit);
    queue.push(unit);
  };
  const visitLeaving = (first: string): void => {
    const names = [first];
    for (const name of names) {
      if (mayLeave.has(name)) continue;
      mayLeave.add(name);
      visit(wanted.get(name));
      names.push(...relations.followersOf(name));
    }
  };
  const visitHomeless = (name: string): void => visit(homeless.get(name));

  for (const unit of moved) visit(unit);
  for (const { name } of leaving) visitLeaving(name);
  for (const name of awake) visitHomeless(name);
  for (const unit of queue) {
    const { name } = unit;
    if (homeless.has(name)) awake.add(name);
    if (homeless.has(name) || mayLeave.has(name)) for (const other of relations.replacedBy(name)) visitLeaving(other);
    relations.followersOf(name).forEach(visitHomeless);
    relations.replacedBy(name).forEach(visitHomeless);
    relations.replacersOf(name).forEach(visitHomeless);
    for (const other of crowdedOut.values()) {
      if (!seen.has(other) && conflict(other, unit, plan)) visit(other);
      plan.effort.spend(1);
      if (plan.effort.isStepOver()) yield;
    }
    if (plan.effort.isStepOver()) yield;
  }
  return mayLeave;
}
