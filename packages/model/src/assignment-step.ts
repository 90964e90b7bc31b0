import type { AssignmentOrder } from "./assignment.ts";
import type { Attempts } from "./attempts.ts";
import type { MachineID } from "./machine.ts";
import type { Mirror } from "./mirror.ts";

/** Writes that only make sense together. They are valid while each basis is unchanged. */
export interface AssignmentStep {
  readonly writes: readonly AssignmentWrite[];
  readonly basis: readonly Basis[];
}

export type AssignmentWrite =
  | {
      readonly action: "assign";
      readonly unit: string;
      readonly machineID: MachineID;
      readonly record: AssignmentOrder;
      /** The `since` of the assignment that the write changes; undefined if the machine gets the unit anew. */
      readonly since?: number;
    }
  | { readonly action: "unassign"; readonly unit: string; readonly machineID: MachineID }
  | { readonly action: "note-attempts"; readonly unit: string; readonly attempts: Attempts }
  | { readonly action: "forget-attempts"; readonly unit: string }
  /** Tells the machine the state of a unit that it needs and does not have. */
  | {
      readonly action: "mirror";
      readonly unit: string;
      readonly machineID: MachineID;
      readonly record: Omit<Mirror, "unit">;
    }
  | { readonly action: "unmirror"; readonly unit: string; readonly machineID: MachineID };

/** A revision that a decision depends on, 0 for a missing key. A later change voids the decision. */
export type Basis =
  | { readonly unit: string; readonly revision: number }
  | { readonly assignment: string; readonly machineID: MachineID; readonly revision: number }
  | { readonly machine: MachineID; readonly joined: number };
