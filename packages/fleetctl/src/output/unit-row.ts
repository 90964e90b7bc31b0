import type { UnitEntity, UnitStateEntity } from "@flotilla/api/client";
import { reasonsOfTrouble } from "./unit-trouble.ts";

export type ShownState = Pick<UnitStateEntity, "name" | "machineID" | "load" | "active" | "sub" | "hash">;

/** A row of list-units. */
export interface UnitRow extends ShownState {
  /** The address of the state's machine, while the machine is in the cluster. */
  readonly machineIP?: string;
  /** Why the unit is not as wanted. */
  readonly reason?: string;
}

/** A row for each place at which the unit is not as wanted. What no machine reports is named in the place of its state. */
export function troublesOf({ name, hash, troubles = [], reasons = [] }: UnitEntity): readonly UnitRow[] {
  return troubles.map((trouble) => ({
    name,
    machineID: trouble.machineID ?? "",
    load: "",
    active: trouble.kind === "away" ? "unknown" : "inactive",
    sub: trouble.kind,
    hash,
    reason: reasonsOfTrouble(trouble, reasons).join("; "),
  }));
}

/** The units that are wanted on no machine and are on none. */
export function idle(units: readonly UnitEntity[]): readonly UnitRow[] {
  return units
    .filter(({ desiredState, states }) => desiredState === "inactive" && states.length === 0)
    .map(({ name, hash }) => ({ name, machineID: "", load: "", active: "inactive", sub: "dead", hash }));
}
