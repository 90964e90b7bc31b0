import type { Assignment, MachineID, UnitState } from "@flotilla/model";
import type { OwnAssignments } from "@flotilla/registry";
import type { ManagedUnit, UnitManager } from "@flotilla/systemd";
import { fileInPlace, isUp } from "./unit/situation.ts";
import { isStubText } from "./stubs/stub-text.ts";

/** What this machine knows of its units. */
export interface UnitsHere {
  readonly assignments: () => { readonly all: ReadonlyMap<string, Assignment>; readonly revision: number };
  readonly states: () => ReadonlyMap<string, UnitState>;
}

export interface UnitsHereOptions {
  readonly machineID: MachineID;
  readonly assignments: Pick<OwnAssignments, "all" | "revision" | "synced">;
  /** Returns the states that the agent publishes. */
  readonly states: () => ReadonlyMap<string, UnitState>;
  readonly manager: Pick<UnitManager, "list">;
}

/**
 * The assignments and states of this machine's units. A daemon that has started while no server answers does not know
 * its assignments: then they are the units whose files are on the host, since each of them was assigned.
 */
export function unitsHere({ machineID, assignments, states, manager }: UnitsHereOptions): UnitsHere {
  const onHost = (): readonly ManagedUnit[] =>
    [...manager.list().values()].filter(({ text }) => text !== "" && !isStubText(text));
  return {
    assignments: () => {
      if (assignments.synced) return assignments;
      const all = onHost().map((managed) => [managed.name, assignmentFor(managed, machineID)] as const);
      return { all: new Map(all), revision: 0 };
    },
    states: () => {
      if (assignments.synced) return states();
      return new Map(onHost().map((managed) => [managed.name, stateFor(managed, machineID)]));
    },
  };
}

function assignmentFor(managed: ManagedUnit, machineID: MachineID): Assignment {
  const { name: unit, text } = managed;
  const { digest = "", hash = "" } = fileInPlace(unit, text) ?? {};
  // What the cluster wants is unknown.
  const desired = isUp(managed) ? "launched" : "loaded";
  const unknown = { restart: 0, secrets: 0, exclusive: false, leaving: false, stopping: false, askedAt: 0, since: 0 };
  return { unit, machineID, digest, hash, desired, ...unknown, revision: 0 };
}

function stateFor(managed: ManagedUnit, machineID: MachineID): UnitState {
  const { name, text, loadState: load, activeState: active, subState: sub } = managed;
  const { hash = "" } = fileInPlace(name, text) ?? {};
  const unknown = { restarted: 0, secrets: 0, gaveUp: false, cleared: 0, problem: "" };
  return { name, machineID, hash, load, active, sub, launched: isUp(managed), ...unknown };
}
