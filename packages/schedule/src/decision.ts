import type { AssignmentStep, MachineID } from "@flotilla/model";
import type { FilterName } from "./filter/filter.ts";
import type { Refusal } from "./refusal.ts";

/** What must change in the assignments, and why. */
export type Decision = Change &
  Reasoned &
  AssignmentStep & {
    readonly unit: string;
  };

type Change =
  /** The unit is to be on one machine more. */
  | { readonly kind: "place"; readonly to: MachineID }
  /** The unit is to be on another machine than now. */
  | { readonly kind: "move"; readonly from: MachineID; readonly to: MachineID }
  /** The unit is not to be on the machine any more, and gets no other in its place. */
  | { readonly kind: "unplace"; readonly from: MachineID }
  /** The unit stays where it is, with another file or desired state. */
  | { readonly kind: "update"; readonly on: MachineID }
  /** The unit keeps failing where it is, which is to be kept in mind. */
  | { readonly kind: "note"; readonly on: MachineID }
  /** Its failed attempts are of no more account. */
  | { readonly kind: "forget" }
  /** What was left to run on a machine that had been lost is over. */
  | { readonly kind: "settle"; readonly on: MachineID }
  /** The unit is to have a place, and no machine can take it. Nothing is written. */
  | { readonly kind: "unplaceable" };

interface Reasoned {
  readonly reason: Reason;
  /** The reason for people, as one line. */
  readonly sentence: string;
}

export type Reason =
  | { readonly code: "wanted"; readonly choice: Choice }
  | { readonly code: "machine-away"; readonly choice: Choice }
  | { readonly code: "keeps-failing"; readonly choice?: Choice }
  | { readonly code: "begins-anew" | "stops-first" | "stopped" }
  | { readonly code: "not-allowed"; readonly filter: FilterName; readonly subject: string; readonly choice?: Choice }
  | { readonly code: "machine-gone" | "inactive" | "destroyed" | "placed-twice" }
  | { readonly code: "changed"; readonly what: readonly ("file" | "desired" | "restart")[] }
  | { readonly code: "replacement-ready" | "not-wanted" | "no-replacement" }
  | { readonly code: "refused"; readonly refusal: Refusal };

/** Why that machine and no other. */
export type Choice =
  | { readonly by: "least-loaded"; readonly units: number }
  | { readonly by: "copy-running" }
  | { readonly by: "replaces"; readonly unit: string }
  | { readonly by: "global" };

/** What a decision needs to know of time: the scheduler has no clock. */
export interface Moment {
  /** Milliseconds since the epoch, to be noted with what happened. */
  readonly now: number;
  /** Units that have been where they last failed for as long as `pauseAfter` says. */
  readonly rested: ReadonlySet<string>;
  /** Units that have run well for so long that their failed attempts are of no more account. */
  readonly recovered: ReadonlySet<string>;
  /** Units with a copy left to run elsewhere that have run in their place without a break for `STEADY_MS`. */
  readonly steady: ReadonlySet<string>;
  /** Machines that have been away for so long that nothing exclusive is active there. */
  readonly gone: ReadonlySet<MachineID>;
  /** Global units that no machine has yet outlived the start of, as they are wanted now: one machine is spared them. */
  readonly onTrial: ReadonlySet<string>;
  /** Of machines that are away: what was asked of one within this span was asked right before its end. */
  readonly lastStarts: ReadonlyMap<MachineID, Span>;
}

/** From one moment to another, milliseconds since the epoch. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** For who asks what would be decided just now. */
export const NO_TIME: Moment = {
  now: 0,
  rested: new Set(),
  recovered: new Set(),
  steady: new Set(),
  gone: new Set(),
  onTrial: new Set(),
  lastStarts: new Map(),
};

/**
 * What keeps failing is seen to run for a moment each time: systemd takes a service for started once it is forked. So
 * long, milliseconds, systemd counts failures by default (DefaultStartLimitIntervalSec=, systemd-system.conf(5)).
 */
export const STEADY_MS = 10_000;
