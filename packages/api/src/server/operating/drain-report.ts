import type { Assignment, ClusterSnapshot, MachineID } from "@flotilla/model";
import type { DrainReport, UnitOnDrained } from "../../contract/v2/operating.ts";
import type { Outcome } from "../answer.ts";
import { type ApiContext, readCluster } from "../context.ts";
import { meantMachine } from "../v2/meant-machine.ts";
import type { StayingUnit } from "./move-planner.ts";
import { drainEntityOf } from "./upkeep.ts";

/** Shows what is left on a machine that is drained, or what a drain would do. */
export async function showDrain(
  context: ApiContext,
  { machine, preview }: { readonly machine: string; readonly preview: boolean },
  signal: AbortSignal,
): Promise<Outcome> {
  const found = await readCluster(context, signal, (snapshot) => {
    const machineID = meantMachine(snapshot, machine);
    const here = [...(snapshot.assignmentsOn.get(machineID)?.values() ?? [])];
    return { machineID, names: here.map(({ unit }) => unit) };
  });
  if (preview) return { status: 200, json: await previewOf(context, found.machineID, signal) };
  const staying = await context.movePlanner.staying(found.names, signal);
  return readCluster(context, signal, (snapshot) => ({
    status: 200,
    json: reportOf(snapshot, found.machineID, staying),
    revision: snapshot.revision,
  }));
}

async function previewOf({ movePlanner }: ApiContext, machineID: MachineID, signal: AbortSignal): Promise<DrainReport> {
  const units = await movePlanner.drain(machineID, signal);
  return {
    machineID,
    units: units.map(({ unit, to, why }) => ({
      unit,
      is: to === undefined ? "staying" : "moving",
      ...(to !== undefined && { to }),
      why: [...why],
    })),
  };
}

function reportOf(
  snapshot: ClusterSnapshot,
  machineID: MachineID,
  staying: ReadonlyMap<string, StayingUnit>,
): DrainReport {
  const drain = snapshot.settings.get(machineID)?.drain;
  const here = [...(snapshot.assignmentsOn.get(machineID)?.values() ?? [])];
  const units = here.map((assignment) => unitOnDrained(assignment, snapshot, staying.get(assignment.unit)));
  return {
    machineID,
    ...(drain && { drain: drainEntityOf(drain) }),
    units: units.sort((a, b) => (a.unit < b.unit ? -1 : 1)),
  };
}

function unitOnDrained(
  { unit, leaving, stopping }: Assignment,
  { units, assignments }: ClusterSnapshot,
  stays: StayingUnit | undefined,
): UnitOnDrained {
  if (stopping) return { unit, is: "stopping", why: [] };
  if (leaving) {
    const to = [...(assignments.get(unit)?.values() ?? [])].find((place) => !place.leaving)?.machineID;
    return { unit, is: "moving", ...(to !== undefined && { to }), why: [] };
  }
  if (units.get(unit)?.requirements.global) return { unit, is: "last", why: [] };
  return { unit, is: stays && !stays.waits ? "staying" : "waiting", why: [...(stays?.why ?? [])] };
}
