import type { Machine, Unit } from "@flotilla/model";
import type { Plan } from "../plan/plan.ts";
import type { Room } from "../plan/room.ts";

/** One rule that a machine has to pass to be given a unit. */
export interface Filter {
  /** The option of [X-Fleet], or the property of systemd's, that it stands for. */
  readonly name: FilterName;
  /** Undefined when the machine passes. */
  check(unit: Unit, room: Room, plan: Plan): Rejection | undefined;
  /** What is wrong with the machines that were rejected for the same subject: follows "3 machines: ". */
  explain(group: RejectionGroup, unit: Unit, plan: Plan): string;
  /** The least that a person can do about it, as an imperative clause. */
  fix(group: RejectionGroup, unit: Unit, plan: Plan): string;
}

export type FilterName =
  | "MachineID"
  | "MachineMetadata"
  | "MachineOf"
  | "TriggeredBy"
  | "Conflicts"
  | "Replaced"
  | "Replaces";

export interface Rejection {
  /** What the machine lacks or has too much: rejections of the same subject are told together. */
  readonly subject: string;
  /** What the machine has in place of the subject. */
  readonly found?: string;
}

/** The first filter that rejects a machine for a unit. */
export interface FilterVerdict {
  readonly filter: Filter;
  readonly rejection: Rejection;
}

/** The machines that one filter rejected for the same subject. */
export interface RejectionGroup {
  readonly filter: FilterName;
  readonly subject: string;
  readonly count: number;
  /** What they have in place of the subject, each once, sorted; at most `MOST_LISTED`. */
  readonly found: readonly string[];
  /** One of them. */
  readonly example: Machine;
}
