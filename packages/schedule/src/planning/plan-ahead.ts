import { type ClusterSnapshot, type MachineID, snapshotWith, type Unit } from "@flotilla/model";
import type { Decision } from "../decisions/decision.ts";
import type { Steps } from "../effort.ts";
import { type Moment, NO_TIME } from "../history/moment.ts";
import type { Change } from "../incremental/changes.ts";
import type { Decided } from "../scheduler.ts";

/** A scheduler that keeps its plan, or its owner. */
export interface KeptScheduler {
  note(change: Change): void;
  steps(snapshot: ClusterSnapshot, moment: Moment): Steps<Decided>;
  explain(unit: string): readonly string[];
}

/** What would become of a unit. */
export interface AheadChange {
  readonly unit: string;
  /** `refuse`: no machine can take the unit. `update`: it stays, with another file or desired state. */
  readonly kind: "place" | "move" | "unplace" | "update" | "refuse";
  readonly from?: MachineID;
  readonly to?: MachineID;
  readonly reasons: readonly string[];
}

/** The decisions that one step tells. The reasons of a refused unit take up to a tenth of a millisecond. */
const AT_ONCE = 64;

/**
 * Decides on the cluster with other units than it has, and returns what differs from the decisions that are due anyway.
 * The cost is that of the change. Afterwards, the scheduler is as before, but for the next decision.
 *
 * @param snapshot the cluster, with every change noted; it must not change until the last step.
 * @param units the units as they would be.
 */
export function* planAhead(
  scheduler: KeptScheduler,
  snapshot: ClusterSnapshot,
  units: readonly Unit[],
): Steps<readonly AheadChange[]> {
  const due = yield* scheduler.steps(snapshot, NO_TIME);
  const known = new Set([...due.toWrite, ...due.refused.values()].map(identityOf));
  for (const { name } of units) scheduler.note({ kind: "unit", unit: name });
  const { toWrite, refused } = yield* scheduler.steps(withUnits(snapshot, units), NO_TIME);
  const named = new Set(units.map(({ name }) => name));
  const isNew = (decision: Decision): boolean => named.has(decision.unit) || !known.has(identityOf(decision));
  const changes: AheadChange[] = [];
  for (const [index, decision] of [...toWrite, ...refused.values()].filter(isNew).entries()) {
    changes.push(...changeOf(decision, scheduler));
    if (index % AT_ONCE === AT_ONCE - 1) yield;
  }
  // The cluster's own units again.
  for (const { name } of units) scheduler.note({ kind: "unit", unit: name });
  return changes;
}

function identityOf({ unit, kind, sentence }: Decision): string {
  return `${unit} ${kind} ${sentence}`;
}

function changeOf(decision: Decision, scheduler: KeptScheduler): readonly AheadChange[] {
  const { unit, kind, sentence } = decision;
  switch (kind) {
    case "place":
      return [{ unit, kind, to: decision.to, reasons: [sentence] }];
    case "move":
      return [{ unit, kind, from: decision.from, to: decision.to, reasons: [sentence] }];
    case "unplace":
      return [{ unit, kind, from: decision.from, reasons: [sentence] }];
    case "update":
      return [{ unit, kind, to: decision.on, reasons: [sentence] }];
    case "unplaceable":
      return [{ unit, kind: "refuse", reasons: scheduler.explain(unit) }];
    case "note":
    case "forget":
    case "end-copy":
      return [];
    default:
      return decision satisfies never;
  }
}

function withUnits(snapshot: ClusterSnapshot, units: readonly Unit[]): ClusterSnapshot {
  return snapshotWith(snapshot, new Map([...snapshot.units, ...units.map((unit) => [unit.name, unit] as const)]));
}
