import { type AssignmentStep, contentOf } from "@flotilla/model";
import type { BrokenAssignment, ClusterView } from "@flotilla/registry";

/** Assignments repaired in one transaction. */
const MOST_AT_ONCE = 32;

/**
 * What to write for assignments whose values nobody can read. The engine alone writes them, so they were changed by
 * hand; left alone, a unit could be placed elsewhere while its copy there runs on, or nowhere at all.
 *
 * An assignment is written again as the unit is wanted, so that the unit runs on where it is: the key keeps its create
 * revision. Of two places that come about so, the scheduler takes one away. Without a unit the assignment is deleted.
 */
export function repairsOf(view: ClusterView): AssignmentStep[] {
  // What a unit that nobody can read wants is not known either.
  const known = [...view.brokenAssignments].filter(({ unit }) => !view.unreadable.has(unit));
  return known.slice(0, MOST_AT_ONCE).map((broken) => repairOf(broken, view));
}

function repairOf({ unit: name, machineID, revision }: BrokenAssignment, { units }: ClusterView): AssignmentStep {
  const unit = units.get(name);
  const basis = [
    { assignment: name, machineID, revision },
    { unit: name, revision: unit?.revision ?? 0 },
  ];
  if (!unit) return { writes: [{ action: "unassign", unit: name, machineID }], basis };
  const record = { ...contentOf(unit), leaving: false, stopping: false };
  return { writes: [{ action: "assign", unit: name, machineID, record }], basis };
}
