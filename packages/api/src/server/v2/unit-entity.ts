import {
  type Assignment,
  attemptsOf,
  type Capabilities,
  type ClusterSnapshot,
  type FailedAttempt,
  type Hold,
  type Machine,
  troublesOf,
  type Unit,
  type UnitState,
} from "@flotilla/model";
import { descriptionOf } from "@flotilla/unit";
import type {
  AttemptEntity,
  HoldEntity,
  MachineEntity,
  MachineFacts,
  UnitEntity,
  UnitPlace,
  UnitStateEntity,
} from "../../contract/v2/entities.ts";
import { currentStateOf, liveStatesOf } from "../cluster-reads.ts";
import type { ReasonsOf } from "./unit-reasons.ts";
import { upkeepEntityOf } from "../operating/upkeep.ts";

/** Returns a unit's entity in v2, with the reasons why it is not placed. */
export function unitEntityOf(snapshot: ClusterSnapshot, unit: Unit, reasonsOf: ReasonsOf): UnitEntity {
  const { name, hash, digest, desired, restart, file, requirements } = unit;
  const attempts = attemptsOf(unit, snapshot);
  const states = [...liveStatesOf(snapshot, name)];
  const problem = states.find((state) => state.problem !== "")?.problem;
  const reasons = reasonsOf(name);
  const troubles = troublesOf(snapshot, unit);
  return {
    name,
    hash,
    digest,
    desiredState: desired,
    restart,
    currentState: currentStateOf(snapshot, unit),
    global: requirements.global,
    description: descriptionOf(file.options),
    machines: [...(snapshot.assignments.get(name)?.values() ?? [])].map(placeEntityOf),
    states: states.map(stateEntityOf),
    ...(attempts.length > 0 && { attempts: attempts.map(attemptEntityOf) }),
    ...(problem !== undefined && { problem }),
    ...(reasons.length > 0 && { reasons: [...reasons] }),
    ...(troubles.length > 0 && { troubles: [...troubles] }),
  };
}

/** Runs are in a list of their own. */
export function stateEntityOf(state: UnitState): UnitStateEntity {
  if (!state.runs && state.triggeredAt === undefined) return state;
  const entity: { runs?: unknown; triggeredAt?: unknown } & UnitStateEntity = { ...state };
  delete entity.runs;
  delete entity.triggeredAt;
  return entity;
}

function placeEntityOf({ machineID, desired, leaving, since }: Assignment): UnitPlace {
  return { machineID, desired, leaving, since };
}

export function attemptEntityOf({ machineID, at, reason }: FailedAttempt): AttemptEntity {
  return { machineID, at: new Date(at).toISOString(), reason };
}

export function holdEntityOf({ since, machines, of }: Hold): HoldEntity {
  return { since: new Date(since).toISOString(), machines: [...machines], of };
}

export function machineFactsOf(machine: Machine, self: string): MachineFacts {
  const { id, primaryIP, hostname, metadata, vouched, version, capacity, insecureApi } = machine;
  const { reserve, overcommit, maxUnits, capabilities } = machine;
  return {
    id,
    primaryIP,
    ...(hostname !== undefined && { hostname }),
    metadata,
    ...(vouched && { vouched: Object.keys(vouched).sort() }),
    version,
    capacity,
    ...(reserve && { reserve }),
    ...(overcommit && { overcommit }),
    ...(maxUnits !== undefined && { maxUnits }),
    ...(capabilities && { capabilities: valuesOf(capabilities) }),
    ...(insecureApi && { insecureApi }),
    ...upkeepEntityOf(machine),
    ...(id === self && { self: true }),
  };
}

function valuesOf(capabilities: Capabilities): Record<string, string[]> {
  return Object.fromEntries(Object.entries(capabilities).map(([key, values]) => [key, [...values]]));
}

export function machineEntityOf(snapshot: ClusterSnapshot, machine: Machine, self: string): MachineEntity {
  return { ...machineFactsOf(machine, self), units: snapshot.assignmentsOn.get(machine.id)?.size ?? 0 };
}
