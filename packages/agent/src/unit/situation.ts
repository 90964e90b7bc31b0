import type { Assignment } from "@flotilla/model";
import type { ManagedUnit } from "@flotilla/systemd";
import { digestText, hashOptions, parseUnitFile, stoppedWith, triggeredUnitOf, type UnitOption } from "@flotilla/unit";
import { type RestartPolicy, restartPolicyOf } from "./has-given-up.ts";
import type { LaunchRecord } from "../launch/launch-record.ts";

/** All that a plan for one unit follows from. */
export interface Situation {
  readonly unit: string;
  /** Undefined when the unit is not to be here; the caller is certain of it (the assignments are synced). */
  readonly assignment: Assignment | undefined;
  readonly managed: ManagedUnit | undefined;
  /** The cluster's file that is in place on this machine. */
  readonly file: FileInPlace | undefined;
  readonly launch: LaunchRecord | undefined;
  readonly waitsFor?: Wait | undefined;
  /** A socket or automount that can start only while this unit is stopped. */
  readonly givesWayTo?: string | undefined;
  /** The machine's guard is to stop the unit if the lease should end: it is exclusive, or triggers one that is. */
  readonly isGuarded?: boolean;
  /** … and would do so now. */
  readonly isWatched?: boolean;
  /** What was left out of the unit's [Install] section, in sentences; empty for nothing. */
  readonly note?: string;
  /** The guard has the unit on its list, as long as it is not certain that systemd cannot start it. */
  readonly isListed?: boolean;
  /** Why the guard lets it run neither now nor soon, for people; empty or undefined when it may. */
  readonly guardProblem?: string;
  /** What the guard has on its list does not agree with `isGuarded`. */
  readonly isGuardBehind?: boolean;
}

/** Another unit on this machine without which systemd would refuse to start this one, or should not start it. */
export interface Wait {
  readonly unit: string;
  readonly until: "loaded" | "started" | "stopped";
  /** For people, where the waiting may last; empty otherwise. */
  readonly problem: string;
}

export interface FileInPlace {
  readonly digest: string;
  readonly hash: string;
  /** The unit that this one triggers; undefined for one that triggers none. */
  readonly triggers?: string | undefined;
  /** The units whose stop stops this one. */
  readonly stoppedWith?: ReadonlySet<string>;
  readonly restart?: RestartPolicy;
}

/** Reads a file in place; a text that is no unit file (someone wrote to it) has no hash. */
export function fileInPlace(unit: string, text: string): FileInPlace | undefined {
  if (text === "") return undefined;
  const options = optionsOf(text);
  return {
    digest: digestText(text),
    hash: options ? hashOptions(options) : "",
    triggers: options && triggeredUnitOf(unit, options),
    stoppedWith: stoppedWith(unit, options ?? []),
    restart: restartPolicyOf(options ?? []),
  };
}

/** systemd runs the unit, or is about to. */
export function isUp(managed: ManagedUnit | undefined): boolean {
  return (
    managed !== undefined &&
    (managed.job !== "" || (managed.activeState !== "inactive" && managed.activeState !== "failed"))
  );
}

/** It has been started, and has not ended: a socket of such a service is refused (systemd's socket_start). */
export function isRunning({ activeState, subState }: ManagedUnit): boolean {
  return activeState !== "inactive" && activeState !== "failed" && !subState.startsWith("auto-restart");
}

/** systemd has not been asked about the unit's file yet. */
export function isStub(managed: ManagedUnit): boolean {
  return managed.loadState === "stub" || managed.loadState === "";
}

function optionsOf(text: string): readonly UnitOption[] | undefined {
  try {
    return parseUnitFile(text).options;
  } catch {
    return undefined;
  }
}
