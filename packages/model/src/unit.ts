import type { Requirements, UnitFile } from "@flotilla/unit";

/** What the user wants of a unit (fleet's words, docs/states.md). */
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
  readonly file: UnitFile;
  readonly requirements: Requirements;
  /** Revision of the last write to the unit: decisions are fenced by it. */
  readonly revision: number;
}
