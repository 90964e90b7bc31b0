import type { Assignment } from "./assignment.ts";
import type { Attempts } from "./attempts.ts";
import type { Machine, MachineID, MachineSettings } from "./machine.ts";
import type { Attendance } from "./attendance.ts";
import type { Unit } from "./unit.ts";
import type { UnitState } from "./unit-state.ts";

/**
 * The whole cluster as of one revision. Decisions read nothing else.
 *
 * It may be a live view that its owner keeps current: it stands still only within one synchronous
 * call, so nobody may hold on to a part of it across an await.
 */
export interface ClusterSnapshot {
  readonly revision: number;
  readonly machines: ReadonlyMap<MachineID, Machine>;
  readonly units: ReadonlyMap<string, Unit>;
  /** Units that the store holds and nobody can read: their record, or their file, is missing or broken. */
  readonly unreadable: ReadonlySet<string>;
  /** Of every machine that has some, whether it is in the cluster now or not. */
  readonly settings: ReadonlyMap<MachineID, MachineSettings>;
  /** By unit, then machine. */
  readonly assignments: ReadonlyMap<string, ReadonlyMap<MachineID, Assignment>>;
  /** The same assignments by machine, then unit; machines that are away have theirs too. */
  readonly assignmentsOn: ReadonlyMap<MachineID, ReadonlyMap<string, Assignment>>;
  /** By unit, then machine. */
  readonly states: ReadonlyMap<string, ReadonlyMap<MachineID, UnitState>>;
  /** By unit. */
  readonly attempts: ReadonlyMap<string, Attempts>;
  /** The machine whose engine leads, if one does. */
  readonly leader: MachineID | undefined;
  /** As the leader last wrote it. */
  readonly attendance: Attendance;
}
