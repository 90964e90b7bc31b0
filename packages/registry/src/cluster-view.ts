import type {
  Assignment,
  Attempts,
  Attendance,
  ClusterSnapshot,
  Machine,
  MachineSettings,
  Mirror,
  Secret,
  Unit,
  UnitHistory,
  UnitState,
} from "@flotilla/model";
import type { LeaseId } from "@flotilla/store";
import type { Dependencies } from "@flotilla/unit";
import type { BrokenAssignment } from "./assignment-table.ts";
import type { ClusterTables } from "./cluster-tables.ts";
import type { KeptEvents } from "./events/event-table.ts";
import type { StoredFiles } from "./file-table.ts";
import type { KnownAttendance } from "./stored-attendance.ts";

/** The live copy of the cluster in domain words, for reading only. ClusterReplica keeps it current. */
export class ClusterView implements ClusterSnapshot {
  readonly #tables: ClusterTables;

  constructor(tables: ClusterTables) {
    this.#tables = tables;
  }

  get revision(): number {
    return this.#tables.revision;
  }
  get machines(): ReadonlyMap<string, Machine> {
    return this.#tables.machines.machines;
  }
  get units(): ReadonlyMap<string, Unit> {
    return this.#tables.units.view;
  }
  get assignments(): ReadonlyMap<string, ReadonlyMap<string, Assignment>> {
    return this.#tables.assignments.byUnit;
  }
  get assignmentsOn(): ReadonlyMap<string, ReadonlyMap<string, Assignment>> {
    return this.#tables.assignments.byMachine;
  }
  get states(): ReadonlyMap<string, ReadonlyMap<string, UnitState>> {
    return this.#tables.states.view;
  }
  get secrets(): ReadonlyMap<string, Secret> {
    return this.#tables.secrets.view;
  }
  get attempts(): ReadonlyMap<string, Attempts> {
    return this.#tables.attempts.view;
  }
  get histories(): ReadonlyMap<string, UnitHistory> {
    return this.#tables.histories.view;
  }
  get mirrors(): ReadonlyMap<string, ReadonlyMap<string, Mirror>> {
    return this.#tables.mirrors.view;
  }
  get leader(): string | undefined {
    return this.#tables.leader;
  }
  get attendance(): Attendance {
    return this.#tables.attendance.attendance;
  }
  /** The attendance as it is in the store: the leader compares the attendance that it writes with it. */
  get storedAttendance(): KnownAttendance {
    return this.#tables.attendance;
  }
  /** The `since` of the hold that an operator has ended. */
  get released(): number | undefined {
    return this.#tables.released;
  }
  /** Machines that left on purpose and whose units still stop. */
  get departed(): ReadonlySet<string> {
    return this.#tables.departures.departed;
  }
  /** Machines that left on purpose and are not back, whether their units have stopped or not. */
  get left(): ReadonlySet<string> {
    return this.#tables.departures.left;
  }
  /** Machines that were removed from the cluster and have not joined again. */
  get removed(): ReadonlySet<string> {
    return this.#tables.removals.all;
  }
  /** The lease of a machine's record. */
  leaseOf(machineID: string): LeaseId | undefined {
    return this.#tables.machines.leaseOf(machineID);
  }
  /** The settings of all machines that have any, present or away. */
  get settings(): ReadonlyMap<string, MachineSettings> {
    return this.#tables.machines.settings;
  }
  /** Units whose record or file in the store is missing or broken. */
  get unreadable(): ReadonlySet<string> {
    return this.#tables.unreadable.names;
  }
  /** The digest of the file of each unreadable unit; undefined if its record is unreadable. */
  get digestsOfUnreadable(): ReadonlyMap<string, string | undefined> {
    return this.#tables.unreadable.digests;
  }
  /** Keys in the store that are malformed or have an unreadable value. No decision rests on them. */
  get unreadableKeys(): ReadonlySet<string> {
    return this.#tables.garbage.all;
  }
  get dependencies(): Dependencies {
    return this.#tables.dependencies;
  }
  /** Assignments with an unreadable value, for the leader to write again. */
  get brokenAssignments(): Iterable<BrokenAssignment> {
    return this.#tables.assignments.broken;
  }
  get events(): KeptEvents {
    return this.#tables.events;
  }
  get files(): StoredFiles {
    return this.#tables.files;
  }

  /** Returns the cluster as it is now. It costs nothing: later changes go into copies of the maps. */
  freeze(): ClusterSnapshot {
    return {
      revision: this.#tables.revision,
      ...this.#tables.machines.lend(),
      units: this.#tables.units.lend(),
      unreadable: new Set(this.#tables.unreadable.names),
      ...this.#tables.assignments.lend(),
      states: this.#tables.states.lend(),
      secrets: this.#tables.secrets.lend(),
      attempts: this.#tables.attempts.lend(),
      histories: this.#tables.histories.lend(),
      mirrors: this.#tables.mirrors.lend(),
      leader: this.#tables.leader,
      attendance: this.attendance,
    };
  }
}
