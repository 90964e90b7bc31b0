import type { Requirements, UnitFile } from "@flotilla/unit";

/** What the user wants of a unit (fleet's words, docs/concepts/states.md). */
export type DesiredState = (typeof desiredStates)[number];

export const desiredStates = ["inactive", "loaded", "launched"] as const;

/** A unit that the cluster knows. */
export interface Unit {
  readonly name: string;
  /** SHA-256 of the submitted text; the text is stored once for all units that share it. */
  readonly digest: string;
  /** The hash that fleet's clients compute from the options (SHA-1). */
  readonly hash: string;
  readonly desired: DesiredState;
  /** The latest request to restart the unit; a later request has a higher number. 0: none. */
  readonly restart: number;
  /** When fleet's own fleetctl asked for the stop, milliseconds since the epoch; 0 after any later request. */
  readonly stoppedAt: number;
  readonly file: UnitFile;
  readonly requirements: Requirements;
  /** Revision of the last write to the unit: decisions are fenced by it. */
  readonly revision: number;
}
