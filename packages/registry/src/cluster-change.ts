import type { Assignment, Attempts, Hold, Machine, Unit, UnitState } from "@flotilla/model";

/** A unit in a change, without its file: the file may be large, and would stay in memory as long as the change. */
export interface ChangedUnit extends Pick<Unit, "hash" | "desired" | "restart"> {
  readonly global: boolean;
}

/**
 * A fact that changed, with its new value; undefined if it was deleted. Changes are in the order of the store's
 * revisions.
 */
export type ClusterChange = { readonly revision: number } & (
  | { readonly kind: "unit"; readonly unit: string; readonly value: ChangedUnit | undefined }
  | {
      readonly kind: "assignment";
      readonly unit: string;
      readonly machineID: string;
      readonly value: Assignment | undefined;
    }
  | { readonly kind: "state"; readonly unit: string; readonly machineID: string; readonly value: UnitState | undefined }
  | { readonly kind: "attempts"; readonly unit: string; readonly value: Attempts | undefined }
  | { readonly kind: "machine"; readonly machineID: string; readonly value: Machine | undefined }
  | { readonly kind: "leader"; readonly value: string | undefined }
  /** Also sent for any other change of the attendance, and when an operator requests the end of the hold. */
  | { readonly kind: "hold"; readonly value: Hold | undefined }
);

export function changedUnit(unit: Unit | undefined): ChangedUnit | undefined {
  if (!unit) return undefined;
  const { hash, desired, restart, requirements } = unit;
  return { hash, desired, restart, global: requirements.global };
}
