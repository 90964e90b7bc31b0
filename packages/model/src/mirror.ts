import type { RelationKind, UnitOption } from "@flotilla/unit";

/** Another unit of the cluster that a unit depends on, and how. */
export interface Need {
  readonly unit: string;
  readonly kinds: readonly RelationKind[];
}

/**
 * The state of a unit for machines on which other units depend on it.
 * - `active`: a copy runs.
 * - `starting`: the unit must run, and nobody knows yet whether it will: it is being placed, started, restarted or moved.
 * - `finished`: a oneshot has ended well.
 * - `inactive`: it does not run, and nobody is about to start it.
 * - `failed`: it does not run because it has failed.
 */
export const mirroredStates = ["active", "starting", "finished", "inactive", "failed"] as const;

export type MirroredState = (typeof mirroredStates)[number];

/** The state of a unit, as the leader writes it for a machine that needs the unit and does not have it. */
export interface Mirror {
  readonly unit: string;
  readonly state: MirroredState;
  /** The unit's machine and state in words, for people. */
  readonly text: string;
  /** The dependencies that the unit's own file declares on units of the machine. */
  readonly options: readonly UnitOption[];
}
