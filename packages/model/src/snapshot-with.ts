import type { ClusterSnapshot } from "./snapshot.ts";

/** Returns the snapshot with other units. A live view has its fields as getters, which a spread would lose. */
export function snapshotWith(known: ClusterSnapshot, units: ClusterSnapshot["units"]): ClusterSnapshot {
  const { revision, machines, unreadable, settings, assignments, assignmentsOn } = known;
  const { states, secrets, attempts, histories, dependencies, leader, attendance } = known;
  const where = { revision, machines, unreadable, settings, assignments, assignmentsOn };
  return { units, ...where, states, secrets, attempts, histories, dependencies, leader, attendance };
}
