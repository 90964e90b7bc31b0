import type { Assignment, Unit } from "@flotilla/model";
import { LOOK, type Steps } from "../effort.ts";
import { firstRejection } from "../placement/check.ts";
import type { Placement } from "../placement/placement.ts";
import type { Slot } from "../placement/slot.ts";
import { drainVerdicts } from "./keep-drained.ts";
import { byDepth, byName, inOrder } from "./order.ts";
import type { Plan } from "./plan.ts";

/**
 * Keeps the units that are assigned to a machine and may stay there. The result does not depend on other machines.
 *
 * Units whose rules ignore the machine's other units are kept first, in any order. If two units may not share the
 * machine, the unit whose file names the conflict leaves; if both files do, the later unit leaves.
 */
export function* keepSlot(slot: Slot, plan: Plan): Steps<void> {
  const { placement } = plan;
  const { rules } = placement;
  const dependent: { readonly unit: Unit; readonly since: number }[] = [];
  const changed: Unit[] = [];
  const drain = drainVerdicts(slot, plan);
  const assignments = placement.snapshot.assignmentsOn.get(slot.machine.id)?.values() ?? [];
  for (const { unit: name, since, leaving, digest } of assignments) {
    const unit = leaving ? undefined : placement.wanted.get(name);
    if (!unit) continue;
    placement.effort.spend(LOOK);
    if (placement.effort.isStepOver()) yield;
    const verdict =
      (unit.requirements.global ? drain.onGlobal : drain.onUnit) ??
      plan.isolate(name, () => firstRejection(rules.ofMachine, unit, slot, placement, "stay"));
    if (verdict) slot.evicted.set(name, verdict);
    if (verdict || !isFirstPlace(unit, slot, placement)) continue;
    if (digest !== unit.digest) changed.push(unit);
    if (rules.dependsOnOthers(unit, placement.links)) dependent.push({ unit, since });
    else placement.put(unit, slot);
  }
  dependent.sort((a, b) => byDepth(a.unit, b.unit, placement) || a.since - b.since || byName(a.unit, b.unit));
  for (const { unit } of dependent) {
    keepDependent(unit, slot, plan);
    if (placement.effort.isStepOver()) yield;
  }
  leaveGrown(changed, slot, plan);
}

/**
 * Evicts units whose changed file asks for more than the machine has left, the unit that changed last first. A unit
 * whose file has not changed stays, whatever became of the machine's capacity.
 */
function leaveGrown(changed: readonly Unit[], slot: Slot, plan: Plan): void {
  const { rules } = plan.placement;
  if (changed.length === 0) return;
  const measured = rules.capacity.filter(({ onlyOnArrival }) => !onlyOnArrival);
  for (const unit of changed.toSorted((a, b) => b.revision - a.revision || byName(a, b))) {
    if (!plan.placement.has(unit.name, slot)) continue;
    for (const rule of measured) {
      const consumes = rule.consumes(unit);
      const free = rule.capacity(slot.machine) - slot.consumed(rule);
      if (consumes === 0 || free >= 0) continue;
      plan.evict(unit.name, slot, { rule, rejection: rule.reject(unit, free + consumes) });
      break;
    }
  }
}

function keepDependent(unit: Unit, slot: Slot, plan: Plan): void {
  const { placement } = plan;
  const { rules } = placement;
  const verdict = plan.isolate(unit.name, () => firstRejection(rules.all, unit, slot, placement, "stay"));
  if (verdict) {
    slot.evicted.set(unit.name, verdict);
    return;
  }
  placement.put(unit, slot);
  plan.evictReplaced(unit, slot);
}

/** A unit that is not global keeps one place: the oldest on a machine that passes the machine rules. */
function isFirstPlace(unit: Unit, slot: Slot, placement: Placement): boolean {
  const places = placement.snapshot.assignments.get(unit.name);
  if (unit.requirements.global || !places || places.size < 2) return true;
  const fits = ({ machineID }: Assignment): boolean => {
    const other = placement.slotOf(machineID);
    return other !== undefined && !firstRejection(placement.rules.ofMachine, unit, other, placement, "stay");
  };
  return inOrder(places.values()).find(fits)?.machineID === slot.machine.id;
}
