import {
  type Attendance,
  type ClusterSnapshot,
  isHeld,
  type MachineID,
  shortMachineID,
  type Unit,
} from "@flotilla/model";
import type { Arrangement } from "./arrange/arrangement.ts";
import { explainLosses, isBlamed } from "./losses.ts";
import { sentencesOf } from "./refusal.ts";

/**
 * Why a unit has no place, by the same rules that decide it: a line about the unit, then one a machine
 * group, and last the nearest fix. Empty when it has one, or a machine would take it: then the engine
 * is about to place it, and nothing stands in the way.
 */
export function explainIn({ plan, refusals, held, moment }: Arrangement, unitName: string): readonly string[] {
  const { snapshot } = plan;
  const unit = snapshot.units.get(unitName);
  if (!unit) return [`${unitName} is not known to the cluster: submit it first`];
  if (unit.desired === "inactive") return [`${unitName} is to be inactive: load or start it to give it a machine`];
  const kept = held.get(unitName);
  if (kept !== undefined && isHeld(snapshot.attendance, kept)) return explainHold(unitName, kept, snapshot.attendance);
  if (kept !== undefined) return explainExclusive(unitName, kept);
  if (unit.requirements.global && isBlamed(unit, snapshot, moment))
    return [`${unitName} is started on no further machine`, ...explainLosses(unit, snapshot, moment)];
  const refusal = refusals.get(unitName);
  return refusal ? [withoutPlace(unit, snapshot), ...sentencesOf(refusal, unit, plan)] : [];
}

function explainExclusive(unit: string, machineID: MachineID): readonly string[] {
  return [
    `${unit} is on machine ${shortMachineID(machineID)}, which is away`,
    "it is exclusive, and goes elsewhere once the guard there must have stopped it",
  ];
}

function explainHold(unit: string, machineID: MachineID, { hold, awaited }: Attendance): readonly string[] {
  const stays = `${unit} stays on machine ${shortMachineID(machineID)}, which is away`;
  if (awaited?.includes(machineID)) return [stays, "the store was out of reach: the machine is awaited back"];
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
