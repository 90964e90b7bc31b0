import type { ClusterSnapshot } from "@flotilla/model";
import type { PlanAnswer, PlannedUnit } from "../../contract/v2/planning.ts";
import { machineNameOf } from "./machine-names.ts";
import type { PlannedUnits } from "./wanted-file.ts";
import type { PlannedChange } from "./planner.ts";

/** Puts what would be written and what the scheduler would decide together. */
export function answerOf(
  { rows }: PlannedUnits,
  changes: readonly PlannedChange[],
  known: ClusterSnapshot,
): PlanAnswer {
  const byUnit = Map.groupBy(changes, ({ unit }) => unit);
  const named = new Set(rows.map(({ name }) => name));
  const changesOf = (unit: string): PlannedUnit["changes"] =>
    (byUnit.get(unit) ?? []).map(({ kind, from, to, reasons }) => ({
      kind,
      ...(from !== undefined && { from: machineNameOf(known, from) }),
      ...(to !== undefined && { to: machineNameOf(known, to) }),
      reasons: [...reasons],
    }));
  const others = [...byUnit.keys()].filter((name) => !named.has(name)).sort();
  const isRefused = ({ action }: { action: string }): boolean => action === "refuse";
  return {
    units: rows.map((row) => ({ ...row, changes: changesOf(row.name) })),
    others: others.map((name) => ({ name, changes: changesOf(name) })),
    changed: changes.length > 0 || rows.some(({ action }) => action !== "keep"),
    refused: rows.some(isRefused) || changes.some(({ kind }) => kind === "refuse"),
  };
}
