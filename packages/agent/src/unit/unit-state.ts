import type { Assignment, MachineID, UnitState } from "@flotilla/model";
import type { ManagedUnit } from "@flotilla/systemd";
import { hasGivenUp } from "./has-given-up.ts";
import { whyDelayed } from "./tasks-for.ts";
import type { LaunchRecord } from "../launch/launch-record.ts";
import { isStub, isUp, type Situation } from "./situation.ts";

/**
 * The state of a unit to publish; undefined if systemd knows nothing of the unit.
 *
 * @param failure why the agent cannot do its tasks for the unit; undefined if it can.
 * @param isMachineSpecific whether the failure concerns only this machine, so that another machine may be able to run
 * the unit.
 */
export function stateOf(
  situation: Situation,
  machineID: MachineID,
  failure: string | undefined,
  isMachineSpecific = false,
): UnitState | undefined {
  const { unit, assignment, managed, file } = situation;
  // A stub is no copy of the unit.
  if (!assignment && (situation.mirror || situation.launch?.phase === "mirrored")) return undefined;
  const launch = assignment && situation.launch?.since === assignment.since ? situation.launch : undefined;
  const known = managed && (file ? !isStub(managed) : isUp(managed)) ? managed : undefined;
  if (known) {
    const { loadState: load, activeState: active, subState: sub } = known;
    // Refers to the wanted file: between the write of a changed file and the restart, the old process still runs.
    const isCurrent = launch?.phase === "launched" && launch.hash === assignment?.hash;
    const launched = isCurrent && !isStillToStart(known);
    return {
      name: unit,
      machineID,
      hash: file?.hash ?? "",
      load,
      active,
      sub,
      launched,
      restarted: launched && launch ? launch.restart : 0,
      secrets: (launched && launch?.secrets) || 0,
      gaveUp: hasGivenUp(asFailed(known, launch), file?.restart ?? "no"),
      cleared: 0,
      problem: failure ?? (whyDelayed(situation) || problemOf(known, launch) || noteOf(known, situation)),
    };
  }
  if (assignment && isCleared(situation)) return clearedState(assignment);
  if (failure === undefined || !assignment) return undefined;
  return {
    name: unit,
    machineID,
    // The hash of the file that cannot be installed, or of the file in its place.
    hash: isMachineSpecific ? assignment.hash : (file?.hash ?? ""),
    load: "error",
    active: "inactive",
    sub: "dead",
    launched: false,
    restarted: 0,
    secrets: 0,
    gaveUp: isMachineSpecific,
    cleared: 0,
    problem: failure,
  };
}

/**
 * Whether the unit is confirmed as stopped: the agent must stop it, and nothing of it is left. Without a launch record,
 * no start can be under way. Without an entry in the unit manager, nothing else can start it.
 */
function isCleared({ assignment, managed, launch }: Situation): boolean {
  return assignment?.stopping === true && !launch && !managed;
}

function clearedState({ unit, machineID, revision }: Assignment): UnitState {
  const dead = {
    load: "not-found",
    active: "inactive",
    sub: "dead",
    launched: false,
    restarted: 0,
    secrets: 0,
    gaveUp: false,
    problem: "",
  };
  return { name: unit, machineID, hash: "", ...dead, cleared: revision };
}

/** Whether `systemctl reset-failed` has cleared the failure in systemd; the unit still counts as failed. */
function isReset({ activeState, job }: ManagedUnit, launch: LaunchRecord | undefined): boolean {
  return activeState === "inactive" && job === "" && launch?.phase === "launched" && launch.failed !== undefined;
}

function asFailed(known: ManagedUnit, launch: LaunchRecord | undefined): ManagedUnit {
  if (!isReset(known, launch) || launch?.failed === undefined) return known;
  return { ...known, activeState: "failed", subState: "failed", result: launch.failed };
}

/** Whether an inactive unit is about to start: it is restarting, or waits for another unit. */
function isStillToStart({ activeState, job }: ManagedUnit): boolean {
  return activeState === "inactive" && job !== "" && job !== "stop";
}

function problemOf(known: ManagedUnit, launch: LaunchRecord | undefined): string {
  const { loadState, activeState, subState, result } = known;
  const waits = subState === "auto-restart";
  const works = activeState === "active" || activeState === "reloading" || (activeState === "activating" && !waits);
  if (launch && launch.problem !== "" && !works) return launch.problem;
  if (loadState !== "loaded") return `systemd cannot load the unit: load state ${loadState}`;
  if (isReset(known, launch))
    return `last run ended with result "${launch?.failed}"; the failure was reset in systemd (reset-failed)`;
  return activeState === "failed" || waits ? `last run ended with result "${result}"` : "";
}

/** Only a running unit has a note: if a unit does not run, its problem says why. */
function noteOf({ activeState }: ManagedUnit, { note = "" }: Situation): string {
  return activeState === "active" || activeState === "reloading" ? note : "";
}
