import type { Assignment, MachineID, UnitState } from "@flotilla/model";
import type { ManagedUnit } from "@flotilla/systemd";
import { hasGivenUp } from "./has-given-up.ts";
import { whyHeldUp } from "./plan.ts";
import type { LaunchRecord } from "../launch/launch-record.ts";
import { isStub, isUp, type Situation } from "./situation.ts";

/**
 * What is published of a unit; undefined when there is nothing of it here that systemd knows.
 * @param failure why the agent cannot do its work for the unit, in a sentence; undefined when it can.
 * @param isMachinesFault whether another machine may well do it.
 */
export function stateOf(
  situation: Situation,
  machineID: MachineID,
  failure: string | undefined,
  isMachinesFault = false,
): UnitState | undefined {
  const { unit, assignment, managed, file } = situation;
  const launch = assignment && situation.launch?.since === assignment.since ? situation.launch : undefined;
  const known = managed && (file ? !isStub(managed) : isUp(managed)) ? managed : undefined;
  if (known) {
    const { loadState: load, activeState: active, subState: sub } = known;
    // Of the file that is wanted now: between writing a changed file and restarting, the old one still runs.
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
      gaveUp: hasGivenUp(asFailed(known, launch), file?.restart ?? "no"),
      cleared: 0,
      problem: failure ?? (whyHeldUp(situation) || problemOf(known, launch) || noteOf(known, situation)),
    };
  }
  if (assignment && isCleared(situation)) return clearedState(assignment);
  if (failure === undefined || !assignment) return undefined;
  return {
    name: unit,
    machineID,
    // Of the file that has no place here, or of what is there instead.
    hash: isMachinesFault ? assignment.hash : (file?.hash ?? ""),
    load: "error",
    active: "inactive",
    sub: "dead",
    launched: false,
    restarted: 0,
    gaveUp: isMachinesFault,
    cleared: 0,
    problem: failure,
  };
}

/**
 * The agent is to stop the unit, and nothing is left of it: it has no launch record, which would be written before
 * systemd is asked for a start, and the unit manager has removed it, so that nobody else can start it.
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
    gaveUp: false,
    problem: "",
  };
  return { name: unit, machineID, hash: "", ...dead, cleared: revision };
}

/** systemd was told to forget that the unit has failed: the unit is none the better for it. */
function isReset({ activeState, job }: ManagedUnit, launch: LaunchRecord | undefined): boolean {
  return activeState === "inactive" && job === "" && launch?.phase === "launched" && launch.failed !== undefined;
}

function asFailed(known: ManagedUnit, launch: LaunchRecord | undefined): ManagedUnit {
  if (!isReset(known, launch) || launch?.failed === undefined) return known;
  return { ...known, activeState: "failed", subState: "failed", result: launch.failed };
}

/** In the midst of a restart, or waiting for another unit: inactive, but not because it has finished. */
function isStillToStart({ activeState, job }: ManagedUnit): boolean {
  return activeState === "inactive" && job !== "" && job !== "stop";
}

function problemOf(known: ManagedUnit, launch: LaunchRecord | undefined): string {
  const { loadState, activeState, subState, result } = known;
  const waits = subState === "auto-restart";
  const works = activeState === "active" || activeState === "reloading" || (activeState === "activating" && !waits);
  if (launch && launch.problem !== "" && !works) return launch.problem;
  if (loadState !== "loaded") return `systemd could not load the unit: its load state is ${loadState}.`;
  if (isReset(known, launch))
    return `Its last run ended with the result "${launch?.failed}"; systemd was told to forget that (reset-failed).`;
  return activeState === "failed" || waits ? `Its last run ended with the result "${result}".` : "";
}

/** A unit that works may have something to say all the same; of one that does not run, a problem says why. */
function noteOf({ activeState }: ManagedUnit, { note = "" }: Situation): string {
  return activeState === "active" || activeState === "reloading" ? note : "";
}
