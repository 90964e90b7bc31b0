import type { MachineID } from "./machine.ts";
import type { Requirements, UnitFile } from "@flotilla/unit";
import type { Need } from "./mirror.ts";

/** The state that the user wants a unit to be in, in fleet's words (docs/concepts/states.md). */
export type DesiredState = (typeof desiredStates)[number];

export const desiredStates = ["inactive", "loaded", "launched"] as const;

/** An operator's request to move a unit once. It ends with the assignment that it names, and with any change of the unit. */
export interface UnitMove {
  /** The `since` of the assignment that the unit is to leave. */
  readonly since: number;
  /** Absent for the best other machine. */
  readonly to?: MachineID | undefined;
  /** For people; may be empty. */
  readonly reason: string;
}

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
  /** The units of the cluster that it depends on; undefined for none. */
  readonly needs?: readonly Need[] | undefined;
  /** When fleet's own fleetctl requested the stop, milliseconds since the epoch; 0 after any later request. */
  readonly stoppedAt: number;
  readonly move?: UnitMove | undefined;
  readonly file: UnitFile;
  readonly requirements: Requirements;
  /** Revision of the last write to the unit. Decisions are fenced by it. */
  readonly revision: number;
}
