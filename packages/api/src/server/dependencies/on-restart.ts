import type { ClusterSnapshot } from "@flotilla/model";
import { type EditAlong, nextRestart } from "@flotilla/registry";
import { stopClosure } from "@flotilla/unit";
import type { GoingAlong, ToldAlong } from "./going-along.ts";
import type { PlannedDependencies } from "./planned-dependencies.ts";

/** The units on other machines that restart along: on the unit's own machine, systemd restarts them. */
export function onRestart(unit: string, plan: PlannedDependencies, known: ClusterSnapshot): GoingAlong {
  const here = known.assignments.get(unit);
  const isElsewhere = (other: string): boolean => {
    const places = [...(known.assignments.get(other)?.keys() ?? [])];
    return places.length > 0 && !places.some((machine) => here?.has(machine));
  };
  const edits: EditAlong[] = [];
  const told: ToldAlong[] = [];
  for (const { unit: other, because } of stopClosure(unit, plan, (name) => known.units.has(name))) {
    const current = known.units.get(other);
    if (current?.desired !== "launched" || !isElsewhere(other)) continue;
    edits.push({
      unit: other,
      current,
      edit: { action: "write", desired: "launched", restart: nextRestart(current) },
    });
    told.push({ name: other, desiredState: "launched", because: because.option, restart: true });
  }
  return { edits, told };
}
