import type { Requirements, UnitFile } from "@flotilla/unit";

/** The state that the user wants a unit to be in, in fleet's words (docs/concepts/states.md). */
export type DesiredState = (typeof desiredStates)[number];

export const desiredStates = ["inactive", "loaded", "launched"] as const;

/** A unit of the cluster. */
export interface Unit {
  readonly name: string;
  /** SHA-256 of the submitted text; the text is stored once for all units that share it. */
  readonly digest: string;
  /** The hash that fleet's clients compute from the options (SHA-1). */
  readonly hash: string;
  readonly desired: DesiredState;
  /** The number of the latest restart request; later requests have higher numbers. 0: none. */
  readonly restart: number;
  /**
   * The highest number among the secrets that the unit names. A secret's new version raises it; only a deletion lowers
   * it. 0: the unit names no secret, or none of them exists.
   */
  readonly secrets: number;
  /** When fleet's own fleetctl requested the stop, milliseconds since the epoch; 0 after any later request. */
  readonly stoppedAt: number;
  readonly file: UnitFile;
  readonly requirements: Requirements;
  /** Revision of the last write to the unit. Decisions are fenced by it. */
  readonly revision: number;
}
