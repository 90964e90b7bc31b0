import {
  type AssignmentStep,
  type ClusterSnapshot,
  type MachineID,
  type Mirror,
  shortMachineID,
} from "@flotilla/model";
import type { Dependencies, Relation } from "@flotilla/unit";
import { optionsFor } from "./mirror-options.ts";
import { mirroredState } from "./mirrored-state.ts";

/** A change of one mirror. */
export interface MirrorDecision extends AssignmentStep {
  readonly kind: "mirror" | "unmirror";
  readonly reason: { readonly code: "dependency" };
  readonly unit: string;
  /** The decision and its reason as one line, for the log. */
  readonly sentence: string;
}

/**
 * Decides on the mirror of a unit for one machine. A machine has a mirror of each unit that one of its units needs and
 * that it does not have itself; undefined if the mirror is as it must be.
 */
export function decideMirror(
  machineID: MachineID,
  name: string,
  snapshot: ClusterSnapshot,
  dependencies: Dependencies,
): MirrorDecision | undefined {
  const stored = snapshot.mirrors?.get(machineID)?.get(name);
  const unit = snapshot.units.get(name);
  if (!unit || !isNeeded(machineID, name, snapshot, dependencies))
    return stored && decision("unmirror", machineID, name, `machine ${shortMachineID(machineID)} no longer needs it`);
  const record = { ...mirroredState(snapshot, unit), options: optionsFor(machineID, name, snapshot, dependencies) };
  if (stored && isSame(stored, record)) return undefined;
  const needer = neederOf(machineID, name, snapshot, dependencies);
  return decision("mirror", machineID, name, `${needer} on machine ${shortMachineID(machineID)} needs it`, record);
}

function isNeeded(machineID: MachineID, name: string, snapshot: ClusterSnapshot, graph: Dependencies): boolean {
  if (snapshot.assignmentsOn.get(machineID)?.has(name)) return false;
  return neederOf(machineID, name, snapshot, graph) !== undefined;
}

function neederOf(
  machineID: MachineID,
  name: string,
  { assignmentsOn, units }: ClusterSnapshot,
  graph: Dependencies,
): string | undefined {
  const here = assignmentsOn.get(machineID);
  if (!here) return undefined;
  const needs = ({ unit }: Relation): boolean =>
    here.get(unit)?.leaving === false && units.get(unit)?.needs?.some((need) => need.unit === name) === true;
  return graph.on(name).find(needs)?.unit;
}

function isSame(stored: Mirror, record: Omit<Mirror, "unit">): boolean {
  return (
    stored.state === record.state &&
    stored.text === record.text &&
    JSON.stringify(stored.options) === JSON.stringify(record.options)
  );
}

function decision(
  kind: "mirror" | "unmirror",
  machineID: MachineID,
  unit: string,
  why: string,
  record?: Omit<Mirror, "unit">,
): MirrorDecision {
  const told = record ? `${record.state}, it ${record.text}` : "removed";
  return {
    kind,
    unit,
    reason: { code: "dependency" },
    sentence: `the mirror of ${unit} for machine ${shortMachineID(machineID)} is ${told}: ${why}`,
    writes: [record ? { action: "mirror", unit, machineID, record } : { action: "unmirror", unit, machineID }],
    basis: [],
  };
}
