import { type ClusterSnapshot, currentState, type Machine, placeOf, type Unit, type UnitState } from "@flotilla/model";
import type { MachineV1, UnitStateV1, UnitV1 } from "../../contract/v1/entities.ts";

/**
 * A unit as v1 shows it; its options, of which there may be thousands, only when that is called. fleet says nothing of
 * where a global unit is, nor how far it has come.
 */
export function unitV1(snapshot: ClusterSnapshot, unit: Unit): () => UnitV1 {
  const { name, file, desired, requirements } = unit;
  const live = requirements.global ? {} : placeV1(snapshot, name);
  return () => {
    const options = file.options.map(({ section, name: option, value }) => ({ section, name: option, value }));
    return { name, ...(options.length > 0 && { options }), desiredState: desired, ...live };
  };
}

function placeV1(snapshot: ClusterSnapshot, name: string): Pick<UnitV1, "currentState" | "machineID"> {
  const machineID = placeOf(snapshot, name)?.machineID;
  return { currentState: currentState(snapshot, name), ...(machineID !== undefined && { machineID }) };
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
