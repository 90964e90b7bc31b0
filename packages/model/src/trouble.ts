import { placesOf } from "./current-state.ts";
import type { MachineID } from "./machine.ts";
import type { ClusterSnapshot } from "./snapshot.ts";
import type { Unit } from "./unit.ts";
import { hasFailed, isDown, type UnitState } from "./unit-state.ts";

/**
 * Why a wanted unit does not run, or is not loaded, at one of its places.
 *
 * unplaced: no machine has the unit. away: its machine is not in the cluster now. failed: its machine reports why it
 * does not run. pending: its machine has not started it yet.
 */
export interface Trouble {
  readonly kind: (typeof TROUBLE_KINDS)[number];
  /** Absent for an unplaced unit. */
  readonly machineID?: MachineID;
  /** What the machine reports; empty unless failed. */
  readonly problem: string;
}

export const TROUBLE_KINDS = ["unplaced", "away", "failed", "pending"] as const;

type Known = Pick<ClusterSnapshot, "assignments" | "states" | "machines">;

/** Returns why a unit is not as wanted: one trouble for each of its places; none for an inactive unit. */
export function troublesOf(snapshot: Known, { name, desired }: Pick<Unit, "name" | "desired">): readonly Trouble[] {
  if (desired === "inactive") return [];
  const places = placesOf(snapshot, name);
  if (places.length === 0) return [{ kind: "unplaced", problem: "" }];
  const troubles: Trouble[] = [];
  for (const { machineID } of places) {
    if (!snapshot.machines.has(machineID)) {
      troubles.push({ kind: "away", machineID, problem: "" });
      continue;
    }
    const state = snapshot.states.get(name)?.get(machineID);
    const kind = state ? kindOf(state, desired) : "pending";
    if (kind !== undefined) troubles.push({ kind, machineID, problem: state?.problem ?? "" });
  }
  return troubles;
}

/** A unit that was started and has finished, or was stopped on its machine, is in no trouble. */
function kindOf(state: UnitState, desired: "loaded" | "launched"): Trouble["kind"] | undefined {
  if (isDown(state) || hasFailed(state)) return "failed";
  const isAsWanted = desired === "launched" ? state.launched : state.load === "loaded";
  return isAsWanted ? undefined : "pending";
}
