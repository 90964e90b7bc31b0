import type { Unit } from "@flotilla/model";
import type { Steps } from "../effort.ts";
import { dependsOn } from "../placement/check.ts";
import type { Plan } from "./plan.ts";

/**
 * Marks the unplaced units to retry because another unit came, left or changed, or may leave in this pass. That unit
 * has blocked them, is their anchor, replaces them, or is replaced by them. It does no harm to mark too many units.
 *
 * @param moved units that came, left or changed.
 * @param leaving units that may leave in this pass, and their followers with them.
 * @returns the names of all units that may have to leave in this pass.
 */
export function* retry(moved: Iterable<Unit>, leaving: readonly Unit[], plan: Plan): Steps<ReadonlySet<string>> {
  const { placement, unplaced, toRetry, blocked } = plan;
  const { links, wanted, effort } = placement;
  const seen = new Set<Unit>();
  const mayLeave = new Set<string>();
  if (unplaced.size === toRetry.size && !links.hasReplacements) return mayLeave;
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
      names.push(...links.followersOf(name), ...links.replacedBy(name));
    }
  };
  const visitUnplaced = (name: string): void => visit(unplaced.get(name));

  for (const unit of moved) visit(unit);
  for (const { name } of leaving) visitLeaving(name);
  for (const name of toRetry) visitUnplaced(name);
  const waiting = new Set(queue.length > 0 ? blocked.values() : []);
  for (const unit of queue) {
    const { name } = unit;
    plan.retryIfUnplaced(name);
    if (unplaced.has(name)) links.replacedBy(name).forEach(visitLeaving);
    links.followersOf(name).forEach(visitUnplaced);
    links.replacedBy(name).forEach(visitUnplaced);
    links.replacersOf(name).forEach(visitUnplaced);
    for (const each of waiting) {
      const { unit: other, rules } = each;
      if (seen.has(other)) waiting.delete(each);
      else if (rules.some((rule) => dependsOn(rule, other, unit, placement))) visit(other);
      effort.spend(1);
      if (effort.isStepOver()) yield;
    }
    if (effort.isStepOver()) yield;
  }
  return mayLeave;
}
