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
 * The states that count: those of machines that are in the cluster. A machine that has left takes its record
 * away at once, while its states stay until its lease ends.
 */
export function* liveStates(snapshot: ClusterSnapshot): Generator<UnitState> {
  for (const name of snapshot.states.keys()) yield* liveStatesOf(snapshot, name);
}

export function* liveStatesOf(snapshot: ClusterSnapshot, name: string): Generator<UnitState> {
  for (const state of snapshot.states.get(name)?.values() ?? [])
    if (snapshot.machines.has(state.machineID)) yield state;
}

/** Sorts by unit, then machine: a space sorts before every character that a unit's name can have. */
export function stateKey(state: UnitState): string {
  return `${state.name} ${state.machineID}`;
}

/** Of a global unit, the least of what its machines have; of others, the model's word. */
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

/** Where to look at a unit: its places, or where it is left to run while it has none. */
export function whereToLook(snapshot: ClusterSnapshot, name: string): readonly Assignment[] {
  const places = placesOf(snapshot, name);
  return places.length > 0 ? places : [...(snapshot.assignments.get(name)?.values() ?? [])];
}
