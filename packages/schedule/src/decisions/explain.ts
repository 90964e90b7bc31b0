import {
  type Attendance,
  type ClusterSnapshot,
  isHeld,
  type MachineID,
  shortMachineID,
  type Unit,
} from "@flotilla/model";
import { explainLosses, isHeldForLosses } from "../history/losses.ts";
import type { Plan, Staying } from "../incremental/plan.ts";
import { sentencesOf } from "../placement/refusal.ts";

/**
 * Returns why a unit has no place, by the same rules that decide on it: a line about the unit, then one for each group
 * of machines, and last the nearest fix. Empty if the unit has a place, or is about to get one.
 */
export function explainIn({ placement, refusals, held, staying, moment }: Plan, unitName: string): readonly string[] {
  const { snapshot } = placement;
  const unit = snapshot.units.get(unitName);
  if (!unit) return [`the cluster does not know ${unitName}: submit it first`];
  if (unit.desired === "inactive")
    return [`the desired state of ${unitName} is inactive: load or start it to give it a machine`];
  const kept = held.get(unitName);
  if (kept !== undefined && isHeld(snapshot.attendance, kept)) return explainHold(unitName, kept, snapshot.attendance);
  if (kept !== undefined && unit.requirements.neverMoves) return explainNeverMoves(unitName, kept);
  if (kept !== undefined) return explainExclusive(unitName, kept);
  const stays = staying.get(unitName);
  if (stays) return explainStaying(unitName, stays, snapshot);
  if (unit.requirements.global && isHeldForLosses(unit, snapshot, moment))
    return [`${unitName} is not started on further machines`, ...explainLosses(unit, snapshot, moment)];
  const refusal = refusals.get(unitName);
  return refusal ? [withoutPlace(unit, snapshot), ...sentencesOf(refusal, unit, placement)] : [];
}

function explainStaying(unit: string, { on, why }: Staying, { machines }: ClusterSnapshot): readonly string[] {
  const isStopped = machines.get(on)?.drain?.deadline !== undefined;
  const stays = `${unit} stays on machine ${shortMachineID(on)}, which is drained`;
  return [isStopped ? `${stays}; it is stopped at the deadline` : stays, ...why];
}

function explainExclusive(unit: string, machineID: MachineID): readonly string[] {
  return [
    `${unit} is on machine ${shortMachineID(machineID)}, which is away`,
    "it is exclusive: it moves once the guard on that machine has certainly stopped it",
  ];
}

function explainNeverMoves(unit: string, machineID: MachineID): readonly string[] {
  return [
    `${unit} is on machine ${shortMachineID(machineID)}, which is away`,
    "it has NeverMoves=true: its data is there, so it does not move",
    `the nearest fix: bring machine ${shortMachineID(machineID)} back; to give up the data, stop and start ${unit}`,
  ];
}

function explainHold(unit: string, machineID: MachineID, { hold, awaited }: Attendance): readonly string[] {
  const stays = `${unit} stays on machine ${shortMachineID(machineID)}, which is away`;
  if (awaited?.includes(machineID)) return [stays, "the store was out of reach: the machine gets time to come back"];
  return [
    stays,
    `${hold?.machines.length ?? 0} of ${hold?.of ?? 0} machines vanished together: their units are not moved for now`,
    "the nearest fix: bring the machines back, or let their units move with fleetctl release-hold",
  ];
}

function withoutPlace(unit: Unit, snapshot: ClusterSnapshot): string {
  const assignments = [...(snapshot.assignments.get(unit.name)?.values() ?? [])];
  const kept = assignments.find(({ leaving, machineID }) => !leaving && !snapshot.machines.has(machineID));
  if (kept)
    return `${unit.name} is on machine ${shortMachineID(kept.machineID)}, which is away, and no other machine can take it`;
  return `${unit.name} cannot be placed`;
}
