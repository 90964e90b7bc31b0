import { type ClusterSnapshot, type MachineID, shortMachineID, type Unit } from "@flotilla/model";
import { explainVerdict } from "../decisions/reason-sentence.ts";
import type { Steps } from "../effort.ts";
import { otherSlot, pinnedBy } from "../incremental/leave-drained.ts";
import type { Plan } from "../incremental/plan.ts";
import { asIfGone, canTake, unitsTogether } from "../incremental/units-together.ts";
import { firstRejection } from "../placement/check.ts";
import type { Slot } from "../placement/slot.ts";
import { planOf } from "./plan-of.ts";

/** Where a unit would go on request, or why it would not. */
export type MovePreview =
  | {
      readonly to: MachineID;
      /** The unit, and those that must be with it. */
      readonly units: readonly string[];
    }
  | { readonly refused: readonly string[] };

/** @param to undefined for the best other machine. */
export function* previewMove(snapshot: ClusterSnapshot, name: string, to?: MachineID): Steps<MovePreview> {
  const plan = yield* planOf(snapshot);
  const { placement } = plan;
  const unit = placement.wanted.get(name);
  const [here] = placement.placesOf(name);
  if (!unit || !here) return { refused: [`${name} is on no machine`] };
  if (unit.requirements.global) return { refused: [`${name} is global: it is on every machine that can take it`] };
  const units = unitsTogether(unit, here, placement);
  const pinned = units.flatMap((each) => pinnedBy(each, plan) ?? []);
  if (pinned.length > 0) return { refused: pinned };
  const slot = to === undefined ? yield* otherSlot(units, here, plan) : placement.slotOf(to);
  if (!slot)
    return {
      refused: [
        to === undefined ? "no other machine can take it" : `machine ${shortMachineID(to)} is not in the cluster`,
      ],
    };
  if (slot === here) return { refused: [`it is on machine ${shortMachineID(slot.machine.id)} already`] };
  const refused = yield* asIfGone(units, here, placement, () => whyNot(units, slot, plan));
  return refused.length > 0 ? { refused } : { to: slot.machine.id, units: units.map((each) => each.name) };
}

// oxlint-disable-next-line require-yield
function* whyNot(units: readonly Unit[], slot: Slot, { placement }: Plan): Steps<readonly string[]> {
  if (canTake(slot, units, placement)) return [];
  const { id } = slot.machine;
  const alone = placement.rules.all.filter(({ kind }) => kind !== "together");
  const reasons = units.flatMap((unit) => {
    const verdict = firstRejection(alone, unit, slot, placement);
    return verdict ? [`${unit.name}: ${explainVerdict(verdict, unit, id, placement)}`] : [];
  });
  return reasons.length > 0 ? reasons : [`machine ${shortMachineID(id)} cannot take ${units.length} units together`];
}
