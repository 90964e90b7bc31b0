import {
  type ClusterSnapshot,
  currentState,
  desiredStates,
  type Machine,
  placeOf,
  type Unit,
  type UnitState,
} from "@flotilla/model";
import type { MachineV1, UnitStateV1, UnitV1 } from "../../contract/v1/entities.ts";

/**
 * A unit as v1 shows it; its options, of which there may be thousands, only when that is called. fleet says nothing of
 * where a global unit is, nor how far it has come.
 */
export function unitV1(snapshot: ClusterSnapshot, unit: Unit): () => UnitV1 {
  const { name, file, desired, requirements } = unit;
  const live = requirements.global ? {} : placeV1(snapshot, unit);
  return () => {
    const options = file.options.map(({ section, name: option, value }) => ({ section, name: option, value }));
    return { name, ...(options.length > 0 && { options }), desiredState: desired, ...live };
  };
}

/**
 * Where the unit's machine says why it cannot do what is wanted, that counts as done: fleet's agents say `launched` once
 * they have tried, and its fleetctl waits for that without end, and does not stop what is not `launched`.
 */
function placeV1(
  snapshot: ClusterSnapshot,
  { name, desired }: Pick<Unit, "name" | "desired">,
): Pick<UnitV1, "currentState" | "machineID"> {
  const current = currentState(snapshot, name);
  const machineID = placeOf(snapshot, name)?.machineID;
  if (machineID === undefined) return { currentState: current };
  const isTried = (snapshot.states.get(name)?.get(machineID)?.problem ?? "") !== "";
  const isLess = desiredStates.indexOf(current) < desiredStates.indexOf(desired);
  return { currentState: isTried && isLess ? desired : current, machineID };
}

export function unitStateV1({ name, machineID, hash, load, active, sub }: UnitState): UnitStateV1 {
  return {
    name,
    ...(hash !== "" && { hash }),
    machineID,
    ...(load !== "" && { systemdLoadState: load }),
    ...(active !== "" && { systemdActiveState: active }),
    ...(sub !== "" && { systemdSubState: sub }),
  };
}

export function machineV1({ id, primaryIP, metadata }: Machine): MachineV1 {
  return { id, ...(Object.keys(metadata).length > 0 && { metadata }), ...(primaryIP !== "" && { primaryIP }) };
}
