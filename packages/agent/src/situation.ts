import type { Assignment } from "@flotilla/model";
import type { ManagedUnit } from "@flotilla/systemd";
import { digestText, hashOptions, parseUnitFile } from "@flotilla/unit";
import type { LaunchRecord } from "./launch-record.ts";

/** All that a plan for one unit follows from. */
export interface Situation {
  readonly unit: string;
  /** Undefined when the unit is not to be here; the caller is certain of it (the assignments are synced). */
  readonly assignment: Assignment | undefined;
  readonly managed: ManagedUnit | undefined;
  /** The cluster's file that is in place on this machine. */
  readonly file: FileInPlace | undefined;
  readonly launch: LaunchRecord | undefined;
}

export interface FileInPlace {
  readonly digest: string;
  readonly hash: string;
}

/** Reads a file in place; a text that is no unit file (someone wrote to it) has no hash. */
export function fileInPlace(text: string): FileInPlace | undefined {
  return text === "" ? undefined : { digest: digestText(text), hash: hashOfText(text) };
}

/** systemd runs the unit, or is about to. */
export function isUp(managed: ManagedUnit | undefined): boolean {
  return (
    managed !== undefined &&
    (managed.job !== "" || (managed.activeState !== "inactive" && managed.activeState !== "failed"))
  );
}

/** systemd has not been asked about the unit's file yet. */
export function isStub(managed: ManagedUnit): boolean {
  return managed.loadState === "stub" || managed.loadState === "";
}

function hashOfText(text: string): string {
  try {
    return hashOptions(parseUnitFile(text).options);
  } catch {
    return "";
  }
}
