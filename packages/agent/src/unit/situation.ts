import type { Assignment, Mirror } from "@flotilla/model";
import type { ManagedUnit } from "@flotilla/systemd";
import { rethrowProgrammingError } from "@flotilla/runtime";
import {
  digestText,
  hashOptions,
  optionValues,
  parseBoolean,
  parseUnitFile,
  type SecretUse,
  secretUseOf,
  stoppedWith,
  triggeredUnitOf,
  type UnitOption,
} from "@flotilla/unit";
import { type RestartPolicy, restartPolicyOf } from "./has-given-up.ts";
import type { LaunchRecord } from "../launch/launch-record.ts";

/** All facts that decide the tasks for one unit. */
export interface Situation {
  readonly unit: string;
  /** Undefined if the unit must not be here; the caller guarantees that all assignments are known. */
  readonly assignment: Assignment | undefined;
  readonly managed: ManagedUnit | undefined;
  /** The cluster's file that is installed on this machine. */
  readonly file: FileInPlace | undefined;
  readonly launch: LaunchRecord | undefined;
  readonly waitsFor?: Wait | undefined;
  /** The state of the unit elsewhere, if a unit of this machine needs it and it is not assigned here. */
  readonly mirror?: Mirror | undefined;
  /** Whether a unit of this machine needs the unit, which is not assigned here: the leader mirrors it. */
  readonly isNeeded?: boolean;
  /** A socket or automount that can start only while this unit is stopped. */
  readonly stopsFor?: string | undefined;
  /** Whether the guard must stop the unit when the lease ends: it is exclusive, or triggers an exclusive unit. */
  readonly isGuarded?: boolean;
  /** Whether the guard is armed for the unit: it would stop the unit at the deadline. */
  readonly isArmed?: boolean;
  /** The numbers of the secrets of which this machine has copies for the unit, by name. */
  readonly secrets?: ReadonlyMap<string, number> | undefined;
  /** Links of the unit's [Install] section that were not made, in sentences; empty for none. */
  readonly note?: string;
  /** Whether the unit is on the guard's list, which it leaves once systemd cannot start it any more. */
  readonly isListed?: boolean;
  /** Why the guard will not allow the unit to run for the time being; empty or undefined if it may. */
  readonly guardProblem?: string;
  /** Whether the guard's list does not match `isGuarded`. */
  readonly isGuardOutdated?: boolean;
}

/** Another unit on this machine that must be loaded, started or stopped before this one starts. */
export interface Wait {
  readonly unit: string;
  readonly until: "loaded" | "started" | "stopped";
  /** The reason, if the wait may last; empty otherwise. */
  readonly problem: string;
}

export interface FileInPlace {
  readonly digest: string;
  readonly hash: string;
  /** The unit that this one triggers, if any. */
  readonly triggers?: string | undefined;
  /** The units whose stop also stops this one. */
  readonly stoppedWith?: ReadonlySet<string>;
  readonly restart?: RestartPolicy;
  readonly secrets?: SecretUse;
  /** Whether the unit is a timer with Persistent=. */
  readonly isPersistent?: boolean;
  /** Whether the unit is a service with Type=oneshot. */
  readonly isOneshot?: boolean;
}

/** Reads an installed file. An invalid text, for example after an edit by hand, has no hash. */
export function fileInPlace(unit: string, text: string): FileInPlace | undefined {
  if (text === "") return undefined;
  const options = optionsOf(text);
  return {
    digest: digestText(text),
    hash: options ? hashOptions(options) : "",
    triggers: options && triggeredUnitOf(unit, options),
    stoppedWith: stoppedWith(unit, options ?? []),
    restart: restartPolicyOf(options ?? []),
    secrets: usedSecrets(unit, options ?? []),
    isPersistent: unit.endsWith(".timer") && isOn(optionValues(options ?? [], "Timer", "Persistent").at(-1)),
    isOneshot: optionValues(options ?? [], "Service", "Type").at(-1) === "oneshot",
  };
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && parseBoolean(value) === true;
}

/** Whether systemd runs the unit, or has a job for it. */
export function isUp(managed: ManagedUnit | undefined): boolean {
  return (
    managed !== undefined &&
    (managed.job !== "" || (managed.activeState !== "inactive" && managed.activeState !== "failed"))
  );
}

/**
 * Whether the unit was started and has not ended. systemd refuses to start the socket of such a service (socket_start).
 */
export function isRunning({ activeState, subState }: ManagedUnit): boolean {
  return activeState !== "inactive" && activeState !== "failed" && !subState.startsWith("auto-restart");
}

/** Whether systemd has not loaded the unit's file yet. */
export function isStub(managed: ManagedUnit): boolean {
  return managed.loadState === "stub" || managed.loadState === "";
}

/** Returns no secrets for a file with a name that no secret can have: only an edit by hand makes such a file. */
function usedSecrets(unit: string, options: readonly UnitOption[]): SecretUse {
  try {
    return secretUseOf(unit, options);
  } catch (error) {
    rethrowProgrammingError(error);
    return { names: [], onChange: "restart" };
  }
}

function optionsOf(text: string): readonly UnitOption[] | undefined {
  try {
    return parseUnitFile(text).options;
  } catch {
    return undefined;
  }
}
