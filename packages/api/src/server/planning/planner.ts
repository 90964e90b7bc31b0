import type { MachineID, Unit } from "@flotilla/model";
import { TokenNeededError } from "../ports.ts";

/** Looks at the cluster with the scheduler that decides, and changes nothing. */
export interface Planner {
  /** Weighs all machines for a unit; undefined for a unit that needs no machine. */
  weigh(unit: string, signal: AbortSignal): Promise<Weighing | undefined>;
  /** Returns the decisions that would follow if these units were written, beside those that are due anyway. */
  plan(units: readonly Unit[], signal: AbortSignal): Promise<readonly PlannedChange[]>;
}

/** What the scheduler thinks of each present machine for one unit. */
export interface Weighing {
  /** The machines that can take the unit or have it, the best first, with clauses that say how good each is. */
  readonly passing: readonly {
    readonly machineID: MachineID;
    readonly isPlace: boolean;
    readonly texts: readonly string[];
  }[];
  /** The other machines by reason, the most frequent reason first. */
  readonly rejected: readonly {
    readonly rule: string;
    readonly reason: string;
    readonly fix: string;
    readonly machines: readonly MachineID[];
  }[];
}

/** What would become of a unit on a machine. */
export interface PlannedChange {
  readonly unit: string;
  /** `refuse`: no machine can take the unit. `update`: it stays, with another file or desired state. */
  readonly kind: "place" | "move" | "unplace" | "update" | "refuse";
  readonly from?: MachineID;
  readonly to?: MachineID;
  readonly reasons: readonly string[];
}

/** For an API that does not know the whole cluster: refuses. */
export const noPlanner: Planner = {
  weigh: () =>
    Promise.reject(new TokenNeededError("servers know where units can run; send a token, so that a server answers")),
  plan: () =>
    Promise.reject(new TokenNeededError("servers know where units can run; send a token, so that a server answers")),
};
