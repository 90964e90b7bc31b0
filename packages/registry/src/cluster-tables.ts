import type { Attempts, Mirror, Unit, UnitHistory, UnitState } from "@flotilla/model";
import type { Logger } from "@flotilla/runtime";
import { DependencyGraph } from "@flotilla/unit";
import { AssignmentTable } from "./assignment-table.ts";
import { Departures } from "./departures.ts";
import { EventTable } from "./events/event-table.ts";
import { FileTable } from "./file-table.ts";
import { LentMap } from "./lent-map.ts";
import { MachineTable } from "./machine-table.ts";
import { NestedMap } from "./nested-map.ts";
import { Removals } from "./removals.ts";
import { SecretTable } from "./secret-table.ts";
import { StoredAttendance } from "./stored-attendance.ts";
import { UnreadableKeys } from "./unreadable-keys.ts";
import { UnreadableUnits } from "./unreadable-units.ts";

/** The live copy of the cluster. Only ClusterReplica changes it, and only ClusterView shows it. */
export class ClusterTables {
  readonly files = new FileTable();
  readonly units = new LentMap<string, Unit>();
  readonly unreadable = new UnreadableUnits();
  readonly dependencies = new DependencyGraph();
  readonly machines = new MachineTable();
  readonly assignments = new AssignmentTable();
  readonly states = new NestedMap<UnitState>();
  /** By machine, then unit. */
  readonly mirrors = new NestedMap<Mirror>();
  readonly attempts = new LentMap<string, Attempts>();
  readonly histories = new LentMap<string, UnitHistory>();
  readonly secrets = new SecretTable();
  readonly departures = new Departures();
  readonly removals = new Removals();
  readonly attendance = new StoredAttendance();
  readonly events = new EventTable();
  readonly garbage: UnreadableKeys;
  revision = 0;
  leader: string | undefined;
  released: number | undefined;

  constructor(log: Logger) {
    this.garbage = new UnreadableKeys(log);
  }
}
