import type { Assignment } from "./assignment.ts";
import type { Attempts } from "./attempts.ts";
import type { Machine, MachineID, MachineSettings } from "./machine.ts";
import type { Attendance } from "./attendance.ts";
import type { Mirror } from "./mirror.ts";
import type { UnitHistory } from "./run.ts";
import type { Secret } from "./secret.ts";
import type { Dependencies } from "@flotilla/unit";
import type { Unit } from "./unit.ts";
import type { UnitState } from "./unit-state.ts";

/**
 * The whole cluster as of one revision. Decisions read nothing else.
 *
 * A snapshot may be a live view that its owner updates: it is stable only within one synchronous call, so no part of it
 * may be kept across an await.
 */
export interface ClusterSnapshot {
  readonly revision: number;
  readonly machines: ReadonlyMap<MachineID, Machine>;
  readonly units: ReadonlyMap<string, Unit>;
  /** Units whose record or file in the store is missing or broken. */
  readonly unreadable: ReadonlySet<string>;
  /** The settings of all machines that have any, present or away. */
  readonly settings: ReadonlyMap<MachineID, MachineSettings>;
  /** By unit, then machine. */
  readonly assignments: ReadonlyMap<string, ReadonlyMap<MachineID, Assignment>>;
  /** The same assignments by machine, then unit, including those of machines that are away. */
  readonly assignmentsOn: ReadonlyMap<MachineID, ReadonlyMap<string, Assignment>>;
  /** By unit, then machine. */
  readonly states: ReadonlyMap<string, ReadonlyMap<MachineID, UnitState>>;
  /** The secrets by name, without their values. */
  readonly secrets: ReadonlyMap<string, Secret>;
  /** By unit. */
  readonly attempts: ReadonlyMap<string, Attempts>;
  /**
   * How the units depend on each other, always as of the present. Undefined in a snapshot of less than the whole cluster,
   * and in a frozen one.
   */
  readonly dependencies?: Dependencies | undefined;
  /** What the leader keeps of units' runs, by unit. The latest runs may be in the states only. */
  readonly histories: ReadonlyMap<string, UnitHistory>;
  /** By the machine that needs the unit, then unit; undefined in a snapshot without them. */
  readonly mirrors?: ReadonlyMap<MachineID, ReadonlyMap<string, Mirror>> | undefined;
  /** The machine whose engine leads, if one does. */
  readonly leader: MachineID | undefined;
  /** The attendance as the leader last wrote it. */
  readonly attendance: Attendance;
}
