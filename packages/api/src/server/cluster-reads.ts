import {
  type Assignment,
  type ClusterSnapshot,
  currentState,
  type DesiredState,
  desiredStates,
  placesOf,
  type Unit,
  type UnitState,
} from "@flotilla/model";

/**
 * Yields the states of machines in the cluster. A machine that leaves removes its record at once, whereas its states stay
 * until its lease ends.
 */
export function* liveStates(snapshot: ClusterSnapshot): Generator<UnitState> {
  for (const name of snapshot.states.keys()) yield* liveStatesOf(snapshot, name);
}

export function* liveStatesOf(snapshot: ClusterSnapshot, name: string): Generator<UnitState> {
  for (const state of snapshot.states.get(name)?.values() ?? [])
    if (snapshot.machines.has(state.machineID)) yield state;
}

/** Returns a key that sorts by unit, then machine: a space sorts before all characters of unit names. */
export function stateKey(state: UnitState): string {
  return `${state.name} ${state.machineID}`;
}

/** Returns the current state; for a global unit, the lowest state on its machines. */
export function currentStateOf(snapshot: ClusterSnapshot, unit: Unit): DesiredState {
  if (!unit.requirements.global) return currentState(snapshot, unit.name);
  const places = placesOf(snapshot, unit.name);
  const ranks = places.map(({ machineID }) => rankOf(snapshot.states.get(unit.name)?.get(machineID)));
  return desiredStates[Math.min(...ranks)] ?? "inactive";
}

function rankOf(state: UnitState | undefined): number {
  if (state?.launched) return desiredStates.indexOf("launched");
  return desiredStates.indexOf(state?.load === "loaded" ? "loaded" : "inactive");
}

/** Returns the assignments of a unit's copies to inspect: its places, or its leaving copies if it has no place. */
export function assignmentsToInspect(snapshot: ClusterSnapshot, name: string): readonly Assignment[] {
  const places = placesOf(snapshot, name);
  return places.length > 0 ? places : [...(snapshot.assignments.get(name)?.values() ?? [])];
}
