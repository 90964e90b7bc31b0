import type { ClusterSnapshot, MachineID, Unit } from "@flotilla/model";
import { LOOK, type Steps } from "../effort.ts";
import { otherSlot, pinnedBy } from "../incremental/leave-drained.ts";
import { byName } from "../incremental/order.ts";
import type { Plan } from "../incremental/plan.ts";
import { unitsTogether } from "../incremental/units-together.ts";
import type { Slot } from "../placement/slot.ts";
import { planOf } from "./plan-of.ts";

/** A move that makes the load more even. */
export interface BalancingMove {
  /** The unit, and those that must be with it. */
  readonly units: readonly string[];
  readonly from: MachineID;
  readonly to: MachineID;
  /** How many units the two machines have before the move. */
  readonly loads: readonly [from: number, to: number];
}

/** A move that evens out less than this many units is not worth a restart. */
const LEAST_DIFFERENCE = 3;

/** The same, as a share of the load of the machine that the units leave. */
const LEAST_SHARE = 0.2;

/**
 * Returns the moves that make the load of the machines more even, from the most to the least loaded; the one that helps
 * most first. Exclusive and pinned units stay, because a move costs them more than it gives, and so do units of which a
 * move is under way. Decides on the whole cluster, and changes nothing.
 * @param most the most moves.
 */
export function* previewRebalance(snapshot: ClusterSnapshot, most: number): Steps<readonly BalancingMove[]> {
  const plan = yield* planOf(snapshot);
  const moves: BalancingMove[] = [];
  const full = new Set<Slot>();
  while (moves.length < most) {
    const from = mostLoaded(plan, full);
    if (!from) return moves;
    const move = yield* moveFrom(from, plan);
    if (move) moves.push(move);
    else full.add(from);
  }
  return moves;
}

function mostLoaded({ placement }: Plan, without: ReadonlySet<Slot>): Slot | undefined {
  let best: Slot | undefined;
  for (const slot of placement.slots.ordered)
    if (slot.open && !without.has(slot) && !slot.machine.drain && slot.units.size > (best?.units.size ?? 0))
      best = slot;
  return best;
}

function* moveFrom(from: Slot, plan: Plan): Steps<BalancingMove | undefined> {
  const { placement } = plan;
  const load = from.units.size;
  const least = Math.max(LEAST_DIFFERENCE, Math.ceil(load * LEAST_SHARE));
  const seen = new Set<string>();
  for (const unit of [...from.units].sort(byName)) {
    placement.effort.spend(LOOK);
    if (placement.effort.isStepOver()) yield;
    if (seen.has(unit.name) || unit.requirements.global) continue;
    const units = unitsTogether(unit, from, placement);
    for (const { name } of units) seen.add(name);
    if (units.some((each) => staysPut(each, plan))) continue;
    const to = yield* otherSlot(units, from, plan);
    if (!to || load - to.units.size < Math.max(least, 2 * units.length)) continue;
    const loads = [load, to.units.size] as const;
    plan.moveTogether(units, from, to, { why: "requested", reason: "" });
    return { units: units.map(({ name }) => name), from: from.machine.id, to: to.machine.id, loads };
  }
  return undefined;
}

function staysPut(unit: Unit, plan: Plan): boolean {
  const isMoving = (plan.placement.snapshot.assignments.get(unit.name)?.size ?? 0) > 1;
  if (plan.placement.orders.packs(unit)) return true;
  return isMoving || unit.requirements.exclusive || plan.graceful.has(unit.name) || pinnedBy(unit, plan) !== undefined;
}
