import {
  type Attempts,
  type ClusterSnapshot,
  type Machine,
  type MachineSettings,
  type Attendance,
  type Unit,
  type UnitState,
  type Assignment,
} from "@flotilla/model";
import type { Logger } from "@flotilla/runtime";
import { keyOf, type KeyValue, type LeaseId, type WatchEvent } from "@flotilla/store";
import { AssignmentTable, type BrokenAssignment } from "./assignment-table.ts";
import { changedUnit, type ClusterChange } from "./cluster-change.ts";
import { Departures } from "./departures.ts";
import { FileTable, type StoredFiles } from "./file-table.ts";
import { isOfAttendance, type KeyOfAttendance, keys, type ParsedKey, readKey } from "./keys.ts";
import { LentMap } from "./lent-map.ts";
import { MachineTable } from "./machine-table.ts";
import { NestedMap } from "./nested-map.ts";
import { requirementsOrNone, storedFile } from "./stored-file.ts";
import { StoredAttendance } from "./stored-attendance.ts";
import { FILE_BROKEN, MALFORMED, UNLEASED, UNREADABLE, UnreadableKeys } from "./unreadable-keys.ts";
import { UnreadableUnits } from "./unreadable-units.ts";
import {
  assignmentRecord,
  attemptsRecord,
  decode,
  leaderRecord,
  machineRecord,
  machineSettingsRecord,
  releaseRecord,
  attendanceEntry,
  attendanceHead,
  stateRecord,
  unitRecord,
} from "./records.ts";

/**
 * The cluster in domain words, built from the store's keys and kept current change by change: its
 * cost grows with what changes, not with what exists.
 */
export class ClusterView implements ClusterSnapshot {
  readonly #log: Logger;
  readonly #files = new FileTable();
  readonly #units = new LentMap<string, Unit>();
  readonly #unreadable = new UnreadableUnits();
  readonly #machines = new MachineTable();
  readonly #assignments = new AssignmentTable();
  readonly #states = new NestedMap<UnitState>();
  #revision = 0;
  readonly #attempts = new LentMap<string, Attempts>();
  readonly #departures = new Departures();
  #leader: string | undefined;
  /** The leader compares the attendance that it writes with this one. */
  readonly storedAttendance = new StoredAttendance();
  #released: number | undefined;
  readonly #garbage: UnreadableKeys;

  constructor(log: Logger) {
    this.#log = log;
    this.#garbage = new UnreadableKeys(log);
  }

  get revision(): number {
    return this.#revision;
  }
  get machines(): ReadonlyMap<string, Machine> {
    return this.#machines.machines;
  }
  get units(): ReadonlyMap<string, Unit> {
    return this.#units.view;
  }
  get assignments(): ReadonlyMap<string, ReadonlyMap<string, Assignment>> {
    return this.#assignments.byUnit;
  }
  get assignmentsOn(): ReadonlyMap<string, ReadonlyMap<string, Assignment>> {
    return this.#assignments.byMachine;
  }
  get states(): ReadonlyMap<string, ReadonlyMap<string, UnitState>> {
    return this.#states.view;
  }
  get attempts(): ReadonlyMap<string, Attempts> {
    return this.#attempts.view;
  }
  get leader(): string | undefined {
    return this.#leader;
  }
  get attendance(): Attendance {
    return this.storedAttendance.attendance;
  }
  /** The hold that an operator has ended, by its `since`. */
  get released(): number | undefined {
    return this.#released;
  }
  /** Machines that have left on purpose, for as long as their units take to stop. */
  get departed(): ReadonlySet<string> {
    return this.#departures.departed;
  }
  /** Machines that were seen to leave on purpose and are not back, also when all has stopped there. */
  get left(): ReadonlySet<string> {
    return this.#departures.left;
  }
  /** The lease that a machine's record stands under. */
  leaseOf(machineID: string): LeaseId | undefined {
    return this.#machines.leaseOf(machineID);
  }
  /** Settings of every machine that has some, whether it is in the cluster now or not. */
  get settings(): ReadonlyMap<string, MachineSettings> {
    return this.#machines.settings;
  }
  /** Units that the store holds and this view cannot show: their record, or their file, is missing or broken. */
  get unreadable(): ReadonlySet<string> {
    return this.#unreadable.names;
  }
  /** The file that each of them names; undefined where the record is what cannot be read. */
  get digestsOfUnreadable(): ReadonlyMap<string, string | undefined> {
    return this.#unreadable.digests;
  }
  /** Keys in the store on which no decision rests: malformed, or with a value that cannot be read. */
  get unreadableKeys(): ReadonlySet<string> {
    return this.#garbage.all;
  }
  /** Assignments that nobody can read, for the leader to write again. */
  get brokenAssignments(): Iterable<BrokenAssignment> {
    return this.#assignments.broken;
  }
  get files(): StoredFiles {
    return this.#files;
  }

  /** The cluster as it is now, for good. It costs nothing; the next changes are made in copies of the maps. */
  freeze(): ClusterSnapshot {
    return {
      revision: this.#revision,
      ...this.#machines.lend(),
      units: this.#units.lend(),
      unreadable: new Set(this.#unreadable.names),
      ...this.#assignments.lend(),
      states: this.#states.lend(),
      attempts: this.#attempts.lend(),
      leader: this.#leader,
      attendance: this.attendance,
    };
  }

  /** Takes in a batch of changes and tells what they mean. */
  apply(events: readonly WatchEvent[], revision: number): ClusterChange[] {
    this.#revision = revision;
    const parsed = events.map((event) => ({ event, key: this.#read(event) }));
    // Files first: a unit is written in one transaction with its file, and the order inside that is the key's.
    // The attendance too: its change is told once, however many machines it concerns.
    for (const { event, key } of parsed) {
      if (key?.kind === "file" && event.type === "put")
        this.#files.set(key.digest, storedFile(event.entry, this.#files.get(key.digest), this.#log));
      if (isOfAttendance(key)) this.#setAttendance(key, event.type === "put" ? event.entry : undefined);
    }
    const lastOfAttendance = parsed.findLastIndex(({ key }) => isOfAttendance(key));
    const told = parsed.filter(({ key }, index) => !isOfAttendance(key) || index === lastOfAttendance);
    const changes = told.flatMap(({ event, key }) => (key ? this.#applyOne(key, event) : []));
    // Last of all, and only what did not come back: a file that is cleared away may be submitted again at once.
    const latest = new Map(parsed.map(({ event, key }) => [key?.kind === "file" ? key.digest : undefined, event.type]));
    for (const [digest, type] of latest) if (digest !== undefined && type === "delete") this.#files.delete(digest);
    return changes;
  }

  #read(event: WatchEvent): ParsedKey | undefined {
    const key = keyOf(event);
    const reading = readKey(key);
    if (event.type === "delete") this.#garbage.clear(key);
    else if (reading === "malformed") this.#garbage.note(key, MALFORMED);
    return typeof reading === "string" ? undefined : reading;
  }

  /** What stands under the key now, if it counts: what only a lease ends, and has none, would never end. */
  #entryOf({ kind }: ParsedKey, event: WatchEvent): KeyValue | undefined {
    if (event.type === "delete") return undefined;
    const { entry } = event;
    if (entry.lease !== undefined || (kind !== "machine" && kind !== "departure")) return entry;
    this.#garbage.note(entry.key, UNLEASED);
    return undefined;
  }

  #applyOne(key: ParsedKey, event: WatchEvent): ClusterChange[] {
    const entry = this.#entryOf(key, event);
    const revision = event.type === "put" ? event.entry.modRevision : event.modRevision;
    switch (key.kind) {
      case "file":
      case "publisher":
      case "identity":
        return [];
      case "unit":
        return [{ kind: "unit", revision, unit: key.unit, value: changedUnit(this.#setUnit(key.unit, entry)) }];
      case "assignment":
        return [
          {
            kind: "assignment",
            revision,
            unit: key.unit,
            machineID: key.machineID,
            value: this.#assignments.set(
              key.unit,
              key.machineID,
              entry,
              entry && this.#decoded(assignmentRecord, entry),
            ),
          },
        ];
      case "state":
        return [
          {
            kind: "state",
            revision,
            unit: key.unit,
            machineID: key.machineID,
            value: this.#setState(key.unit, key.machineID, entry),
          },
        ];
      case "attempts": {
        const value = entry && this.#decoded(attemptsRecord, entry);
        if (value) this.#attempts.set(key.unit, value);
        else this.#attempts.delete(key.unit);
        return [{ kind: "attempts", revision, unit: key.unit, value }];
      }
      case "machine":
        return [this.#setMachine(key.machineID, entry, revision)];
      case "machine-settings":
        return this.#setSettings(key.machineID, entry, revision);
      case "leader":
        this.#leader = entry && this.#decoded(leaderRecord, entry)?.machineID;
        return [{ kind: "leader", revision, value: this.#leader }];
      case "departure":
        if (entry) this.#garbage.clear(entry.key);
        this.#departures.note(key.machineID, entry !== undefined);
        return [];
      case "attendance":
      case "attendance-entry":
      case "release":
        return [{ kind: "hold", revision, value: this.storedAttendance.hold }];
    }
  }

  #setUnit(name: string, entry: KeyValue | undefined): Unit | undefined {
    const record = entry && this.#decoded(unitRecord, entry);
    const file = record && this.#files.get(record.digest)?.file;
    const requirements = file && requirementsOrNone(name, file, this.#log);
    if (!entry || !record || !file || !requirements) {
      if (record) this.#garbage.note(keys.unit(name), FILE_BROKEN, { unit: name });
      this.#units.delete(name);
      if (entry) this.#unreadable.note(name, record?.digest);
      else this.#unreadable.clear(name);
      return undefined;
    }
    const unit: Unit = { name, ...record, file, requirements, revision: entry.modRevision };
    this.#units.set(name, unit);
    this.#unreadable.clear(name);
    return unit;
  }

  #setState(name: string, machineID: string, entry: KeyValue | undefined): UnitState | undefined {
    const record = entry && this.#decoded(stateRecord, entry);
    if (!record) {
      this.#states.delete(name, machineID);
      return undefined;
    }
    const state: UnitState = { name, machineID, ...record };
    this.#states.set(name, machineID, state);
    return state;
  }

  #setAttendance(key: KeyOfAttendance, entry: KeyValue | undefined): void {
    if (key.kind === "attendance-entry")
      this.storedAttendance.setEntry(key.machineID, entry && this.#decoded(attendanceEntry, entry));
    else if (key.kind === "attendance") this.storedAttendance.setHead(entry && this.#decoded(attendanceHead, entry));
    else this.#released = entry && this.#decoded(releaseRecord, entry)?.since;
  }

  #setMachine(id: string, entry: KeyValue | undefined, revision: number): ClusterChange {
    const record = entry && this.#decoded(machineRecord, entry);
    const inPlace = entry && record && { record: { ...record, id }, joined: entry.createRevision, lease: entry.lease };
    if (inPlace) this.#departures.noteReturn(id);
    return { kind: "machine", revision, machineID: id, value: this.#machines.setRecord(id, inPlace) };
  }

  #setSettings(id: string, entry: KeyValue | undefined, revision: number): ClusterChange[] {
    const settings = entry && this.#decoded(machineSettingsRecord, entry);
    const value = this.#machines.setSettings(id, settings);
    return value ? [{ kind: "machine", revision, machineID: id, value }] : [];
  }

  #decoded<T>(schema: Parameters<typeof decode<T>>[0], entry: KeyValue): T | undefined {
    const record = decode(schema, entry.value);
    if (record) this.#garbage.clear(entry.key);
    else this.#garbage.note(entry.key, UNREADABLE);
    return record;
  }
}
