import type { ClusterSnapshot, MachineID } from "@flotilla/model";
import type { Steps } from "../effort.ts";
import { ALL_AT_ONCE } from "../incremental/pace.ts";
import { planOf, withMachine } from "./plan-of.ts";

/** What would become of one unit. */
export interface UnitPreview {
  readonly unit: string;
  /** The machine that it would go to; undefined: it would stay. */
  readonly to?: MachineID;
  /** Why it would stay; global units leave last. */
  readonly why: readonly string[];
}

/** Where the units of a machine would go if it were drained now. Decides on the whole cluster, and changes nothing. */
export function* previewDrain(snapshot: ClusterSnapshot, id: MachineID): Steps<readonly UnitPreview[]> {
  const machine = snapshot.machines.get(id);
  if (!machine) return [];
  const drained = withMachine(snapshot, { ...machine, drain: { reason: "", since: 0 } });
  const { placement, staying } = yield* planOf(drained, ALL_AT_ONCE);
  return [...(snapshot.assignmentsOn.get(id)?.values() ?? [])]
    .filter(({ leaving }) => !leaving)
    .map(({ unit }): UnitPreview => {
      if (placement.global.has(unit)) return { unit, why: ["it is global: it leaves last"] };
      const [slot] = placement.placesOf(unit);
      if (slot && slot.machine.id !== id) return { unit, to: slot.machine.id, why: [] };
      return { unit, why: staying.get(unit)?.why ?? [] };
    })
    .sort((a, b) => (a.unit < b.unit ? -1 : 1));
}
