import type { MachineID } from "./machine.ts";
import type { Need } from "./mirror.ts";
import type { Unit } from "./unit.ts";

/** What an assignment tells its machine about the unit. */
export interface AssignmentContent {
  readonly digest: string;
  readonly hash: string;
  readonly desired: "loaded" | "launched";
  /** The number of the restart request that the machine must fulfil once: see `Unit`. */
  readonly restart: number;
  /** The newest version of the unit's secrets, which the machine must give it: see `Unit`. */
  readonly secrets: number;
  /** The unit is exclusive: it starts only while the machine's guard watches it. */
  readonly exclusive: boolean;
  /** The units of the cluster that the unit depends on; undefined for none. */
  readonly needs?: readonly Need[] | undefined;
}

/** An assignment as the leader writes it. */
export interface AssignmentOrder extends AssignmentContent {
  /**
   * The machine was lost and the unit has another place. A copy that still runs may run until the new copy is active;
   * the machine must not start the unit.
   */
  readonly leaving: boolean;
  /** When the timer had last elapsed elsewhere, as the leader knew when it wrote the order: see `UnitState`. */
  readonly triggeredAt?: number | undefined;
  /** The machine must stop the unit and report when nothing is left of it; only then may the unit run elsewhere. */
  readonly stopping: boolean;
}

/** The leader's order to one machine to have a unit: the unit's place. */
export interface Assignment extends AssignmentOrder {
  readonly unit: string;
  readonly machineID: MachineID;
  /** When the leader last wrote the order, milliseconds since the epoch by its clock; 0: unknown. */
  readonly askedAt: number;
  /**
   * Revision at which the unit was put on the machine: "launched" means started once for each of these. The number stays
   * when the cluster moves to another store.
   */
  readonly since: number;
  readonly revision: number;
}

/** The content of an assignment that matches the unit's present version. */
export function contentOf(unit: Unit): AssignmentContent {
  const { digest, hash, desired, restart, secrets, requirements, needs } = unit;
  const { exclusive } = requirements;
  const launches = desired === "launched" ? "launched" : "loaded";
  return { digest, hash, desired: launches, restart, secrets, exclusive, ...(needs && { needs }) };
}
