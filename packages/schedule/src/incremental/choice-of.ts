import type { Unit } from "@flotilla/model";
import type { Choice } from "../placement/choice.ts";
import type { Placement } from "../placement/placement.ts";
import type { Slot } from "../placement/slot.ts";

/** Why a unit goes to the slot that was chosen for it. Must be asked before the unit is there. */
export function choiceOf(unit: Unit, slot: Slot, { orders }: Placement): Choice {
  const scores = orders.ownScores(unit, slot);
  if (scores.length === 0) return { by: "least-loaded", units: slot.units.size };
  return { by: "wishes", scores };
}
