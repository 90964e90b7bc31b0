import type { ClusterSnapshot } from "@flotilla/model";

/** The cluster as it is now, which stands still while the live view goes on. */
export function copyOf(view: ClusterSnapshot): ClusterSnapshot {
  return {
    revision: view.revision,
    machines: new Map(view.machines),
    units: new Map(view.units),
    unreadable: new Set(view.unreadable),
    settings: new Map(view.settings),
    assignments: copyOfNested(view.assignments),
    assignmentsOn: copyOfNested(view.assignmentsOn),
    states: copyOfNested(view.states),
    attempts: new Map(view.attempts),
    leader: view.leader,
    roll: view.roll,
  };
}

function copyOfNested<T>(
  nested: ReadonlyMap<string, ReadonlyMap<string, T>>,
): ReadonlyMap<string, ReadonlyMap<string, T>> {
  const copy = new Map<string, ReadonlyMap<string, T>>();
  for (const [key, inner] of nested) copy.set(key, new Map(inner));
  return copy;
}
