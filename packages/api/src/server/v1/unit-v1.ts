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
 * Returns a function that builds a unit's entity in v1, so that the caller can build units with thousands of options in
 * separate turns. As in fleet, a global unit has neither a machine nor a current state.
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
 * Returns the unit's machine and current state. A unit whose machine reports a problem counts as having its desired
 * state, because fleet's agents report `launched` after an attempt, and fleetctl waits for `launched` without a time
 * limit.
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
