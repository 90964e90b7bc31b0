import type { Assignment } from "./assignment.ts";
import type { ClusterSnapshot } from "./snapshot.ts";
import type { DesiredState } from "./unit.ts";
import type { UnitState } from "./unit-state.ts";

/** Returns the places of a unit. A copy that only runs until its replacement is active is not a place. */
export function placesOf(snapshot: Pick<ClusterSnapshot, "assignments">, name: string): Assignment[] {
  return [...(snapshot.assignments.get(name)?.values() ?? [])].filter(({ leaving }) => !leaving);
}

/** Returns the only place of a unit that is not global. */
export function placeOf(snapshot: ClusterSnapshot, name: string): Assignment | undefined {
  return placesOf(snapshot, name)[0];
}

/**
 * Returns a unit's current state by fleet's rules: inactive without a place or before its machine has loaded it, launched
 * once the agent has started it for this assignment.
 */
export function currentState(snapshot: ClusterSnapshot, name: string): DesiredState {
  const place = placeOf(snapshot, name);
  const state = place && snapshot.states.get(name)?.get(place.machineID);
  return stateInWords(state);
}

function stateInWords(state: UnitState | undefined): DesiredState {
  if (!state) return "inactive";
  if (state.launched) return "launched";
  return state.load === "loaded" ? "loaded" : "inactive";
}
