import {
  type ClusterSnapshot,
  hasFailed,
  isOver,
  isRunning,
  type Mirror,
  placesOf,
  shortMachineID,
  type Unit,
  type UnitState,
} from "@flotilla/model";
import { readableValues } from "@flotilla/unit";

type Told = Pick<Mirror, "state" | "text">;

/**
 * Returns the state of a unit for machines that need it and do not have it. A unit that is about to run again elsewhere
 * is `starting`, so that what depends on it is not stopped for a move.
 */
export function mirroredState(snapshot: ClusterSnapshot, unit: Unit): Told {
  const { name } = unit;
  const states = snapshot.states.get(name);
  const assigned = [...(snapshot.assignments.get(name)?.keys() ?? [])];
  const running = assigned.find((machine) => isUpIn(states?.get(machine)));
  if (running !== undefined) return { state: "active", text: `runs on machine ${shortMachineID(running)}` };
  if (unit.desired !== "launched")
    return { state: "inactive", text: `is not started: its desired state is ${unit.desired}` };
  const [place] = placesOf(snapshot, name);
  if (!place) return { state: "inactive", text: "has no machine" };
  const { machineID } = place;
  const where = `machine ${shortMachineID(machineID)}`;
  if (!snapshot.machines.has(machineID)) {
    if (snapshot.attendance.hold) return { state: "starting", text: `is on ${where}, which is away during a hold` };
    return { state: "inactive", text: `is on ${where}, which is away` };
  }
  const state = states?.get(machineID);
  return state ? whileDown(unit, state, where) : { state: "starting", text: `is being started on ${where}` };
}

function whileDown(unit: Unit, state: UnitState, where: string): Told {
  const { active, sub, problem } = state;
  const because = problem === "" ? "" : `: ${problem}`;
  if (sub === "auto-restart") return { state: "starting", text: `is being restarted on ${where}${because}` };
  if (hasFailed(state)) return { state: "failed", text: `has failed on ${where}${because}` };
  if (isOver(state)) {
    if (isOneshot(unit)) return { state: "finished", text: `has finished on ${where}` };
    return { state: "inactive", text: `was stopped or has ended on ${where}` };
  }
  if (state.launched && active === "inactive" && problem !== "")
    return { state: "failed", text: `failed on ${where}${because}` };
  return { state: "starting", text: `is being started on ${where}${because}` };
}

function isUpIn(state: UnitState | undefined): boolean {
  return state !== undefined && isRunning(state);
}

function isOneshot({ file }: Unit): boolean {
  return readableValues(file.options, "Service", "Type", (type) => type !== "").at(-1) === "oneshot";
}
