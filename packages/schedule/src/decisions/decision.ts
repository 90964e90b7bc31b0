import type { AssignmentStep, MachineID } from "@flotilla/model";
import type { Choice } from "../placement/choice.ts";
import type { Refusal } from "../placement/refusal.ts";

/** A change to the assignments, with its reason. */
export type Decision = Change &
  Reasoned &
  AssignmentStep & {
    readonly unit: string;
  };

type Change =
  /** The unit gets one more machine. */
  | { readonly kind: "place"; readonly to: MachineID }
  /** The unit goes to another machine. */
  | { readonly kind: "move"; readonly from: MachineID; readonly to: MachineID }
  /** The unit leaves the machine, and gets no other instead. */
  | { readonly kind: "unplace"; readonly from: MachineID }
  /** The unit stays where it is, with another file or desired state. */
  | { readonly kind: "update"; readonly on: MachineID }
  /** The unit keeps failing where it is: the attempt is recorded. */
  | { readonly kind: "note"; readonly on: MachineID }
  /** The unit's failed attempts no longer count: the record is deleted. */
  | { readonly kind: "forget" }
  /** A copy that was left to run, on a machine that had been lost or that the unit leaves, is no longer needed. */
  | { readonly kind: "end-copy"; readonly on: MachineID }
  /** No machine can take the unit. Nothing is written. */
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
  /** The machine is drained, or an operator moves the unit. */
  | { readonly code: "drained" | "requested"; readonly choice: Choice }
  | { readonly code: "attempts-outdated" | "stops-first" | "stopped" }
  /** A placement rule forbids the machine. */
  | { readonly code: "not-allowed"; readonly rule: string; readonly subject: string; readonly choice?: Choice }
  | { readonly code: "machine-gone" | "inactive" | "destroyed" | "placed-twice" }
  | { readonly code: "changed"; readonly what: readonly ("file" | "desired" | "restart" | "secrets" | "needs")[] }
  | { readonly code: "replacement-ready" | "no-replacement" | "drain-deadline" }
  | { readonly code: "refused"; readonly refusal: Refusal };
