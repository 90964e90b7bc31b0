import type { Secret, Unit, UnitState } from "@flotilla/model";
import type { Logger } from "@flotilla/runtime";
import { keyOf as storeKeyOf, type KeyValue, type WatchEvent } from "@flotilla/store";
import { changedUnit, type ClusterChange } from "./cluster-change.ts";
import type { ClusterTables } from "./cluster-tables.ts";
import { type KeyOfAttendance, keys, type ParsedKey } from "./keys.ts";
import {
  assignmentRecord,
  attemptsRecord,
  attendanceEntry,
  attendanceHead,
  decode,
  eventFloorRecord,
  historyRecord,
  leaderRecord,
  machineRecord,
  machineSettingsRecord,
  memberRecord,
  releaseRecord,
  removedMemberRecord,
  type SecretRecord,
  secretRecord,
  stateRecord,
  unitRecord,
} from "./records.ts";
import { mirrorRecord } from "./mirror-records.ts";
import { needsOf } from "./needs-of.ts";
import { requirementsOrNone, storedFile } from "./stored-file.ts";
import { FILE_BROKEN, UNLEASED, UNREADABLE } from "./unreadable-keys.ts";

/** Stores the value of one key in the tables, and returns the resulting changes of the cluster. */
export class KeyIntake {
  readonly #tables: ClusterTables;
  readonly #log: Logger;

  constructor(tables: ClusterTables, log: Logger) {
    this.#tables = tables;
    this.#log = log;
  }

  takeFile(digest: string, entry: KeyValue): void {
    const { files } = this.#tables;
    files.set(digest, storedFile(entry, files.get(digest), this.#log));
  }

  takeAttendance(key: KeyOfAttendance, entry: KeyValue | undefined): void {
    const { attendance } = this.#tables;
    if (key.kind === "attendance-entry")
      attendance.setEntry(key.machineID, entry && this.#decoded(attendanceEntry, entry));
    else if (key.kind === "attendance") attendance.setHead(entry && this.#decoded(attendanceHead, entry));
    else this.#tables.released = entry && this.#decoded(releaseRecord, entry)?.since;
  }

  /** Files and attendance are already in the tables: `takeFile` and `takeAttendance` have stored them. */
  take(key: ParsedKey, event: WatchEvent): ClusterChange[] {
    const entry = this.#entryOf(key, event);
    const revision = event.type === "put" ? event.entry.modRevision : event.modRevision;
    switch (key.kind) {
      case "file":
      case "publisher":
      case "server":
      case "rotation":
      case "authority":
      case "identity":
      case "token":
      case "token-use":
      case "base":
      case "move":
      case "secrets-key":
        return [];
      case "events":
      case "event-floor":
        this.#setEvents(key.kind, event);
        return [];
      case "unit":
        return this.#takeUnit(key.unit, entry, revision);
      case "mirror":
        return this.#setMirror(key, entry);
      case "secret":
        return this.#setSecret(key.secret, entry, revision);
      case "assignment":
        return [this.#setAssignment(key, entry, revision)];
      case "state":
        return [this.#setState(key, entry, revision)];
      case "runs":
        this.#setHistory(key.unit, entry);
        return [];
      case "attempts":
        return [this.#setAttempts(key.unit, entry, revision)];
      case "machine":
        return [this.#setMachine(key.machineID, entry, revision)];
      case "machine-settings":
        return this.#setSettings(key.machineID, entry, revision);
      case "member":
        return this.#setMember(key.machineID, entry, revision);
      case "removed-member":
        return this.#setRemoved(key.machineID, entry, revision);
      case "leader":
        this.#tables.leader = entry && this.#decoded(leaderRecord, entry)?.machineID;
        return [{ kind: "leader", revision, value: this.#tables.leader }];
      case "departure":
        return this.#setDeparture(key.machineID, entry);
      case "attendance":
      case "attendance-entry":
      case "release":
        return [{ kind: "hold", revision, value: this.#tables.attendance.hold }];
    }
  }

  /** The entry of the event. Undefined for a machine or departure key without a lease: it would never expire. */
  #entryOf({ kind }: ParsedKey, event: WatchEvent): KeyValue | undefined {
    if (event.type === "delete") return undefined;
    const { entry } = event;
    if (entry.lease !== undefined || (kind !== "machine" && kind !== "departure")) return entry;
    this.#tables.garbage.note(entry.key, UNLEASED);
    return undefined;
  }

  /** Unreadable events are skipped. */
  #setEvents(kind: "events" | "event-floor", event: WatchEvent): void {
    const { events, garbage } = this.#tables;
    const entry = event.type === "put" ? event.entry : undefined;
    if (kind === "event-floor") {
      const { revision = 0 } = (entry && this.#decoded(eventFloorRecord, entry)) ?? {};
      // A revision that the store has not reached was written by hand.
      events.floor = revision <= this.#tables.revision ? revision : 0;
    } else if (events.set(storeKeyOf(event), entry)) garbage.clear(storeKeyOf(event));
    else garbage.note(storeKeyOf(event), UNREADABLE);
  }

  /** A unit that comes, goes or changes its file also changes what other units need. */
  #takeUnit(name: string, entry: KeyValue | undefined, revision: number): ClusterChange[] {
    const { units, dependencies } = this.#tables;
    const before = units.view.get(name);
    const unit = this.#setUnit(name, entry);
    if (unit !== undefined && unit.file === before?.file)
      return [{ kind: "unit", revision, unit: name, value: changedUnit(unit) }];
    const others = new Set(dependencies.set(name, unit?.file.options));
    if ((before === undefined) !== (unit === undefined))
      for (const relation of dependencies.on(name)) others.add(relation.unit);
    this.#setNeeds(name);
    const changed = [...others].filter((other) => other !== name && this.#setNeeds(other));
    return [name, ...changed].map((one) => {
      return { kind: "unit", revision, unit: one, value: changedUnit(units.view.get(one)) };
    });
  }

  /** Returns whether the unit needs other units than before, or needs them in another way. */
  #setNeeds(name: string): boolean {
    const { units, dependencies } = this.#tables;
    const unit = units.view.get(name);
    if (!unit) return false;
    const needs = needsOf(name, dependencies, (other) => units.view.has(other));
    if (JSON.stringify(needs) === JSON.stringify(unit.needs)) return false;
    units.set(name, { ...unit, needs });
    return true;
  }

  #setDeparture(machineID: string, entry: KeyValue | undefined): ClusterChange[] {
    if (entry) this.#tables.garbage.clear(entry.key);
    this.#tables.departures.note(machineID, entry !== undefined);
    return [];
  }

  #setMirror(
    { unit, machineID }: { readonly unit: string; readonly machineID: string },
    entry: KeyValue | undefined,
  ): ClusterChange[] {
    const record = entry && this.#decoded(mirrorRecord, entry);
    if (record) this.#tables.mirrors.set(machineID, unit, { unit, ...record });
    else this.#tables.mirrors.delete(machineID, unit);
    return [];
  }

  #setUnit(name: string, entry: KeyValue | undefined): Unit | undefined {
    const { files, units, unreadable, garbage, secrets } = this.#tables;
    const record = entry && this.#decoded(unitRecord, entry);
    const file = record && files.get(record.digest)?.file;
    const known = units.view.get(name);
    // Most writes of a unit keep its file.
    const requirements = known?.file === file ? known?.requirements : file && requirementsOrNone(name, file, this.#log);
    if (!entry || !record || !file || !requirements) {
      if (record) garbage.note(keys.unit(name), FILE_BROKEN, { unit: name });
      units.delete(name);
      secrets.noteUse(name, []);
      if (entry) unreadable.note(name, record?.digest);
      else unreadable.clear(name);
      return undefined;
    }
    secrets.noteUse(name, requirements.secrets);
    const newest = secrets.newestOf(requirements.secrets);
    const needs = known?.file === file ? known?.needs : undefined;
    const revision = entry.modRevision;
    const unit: Unit = { name, ...record, secrets: newest, file, requirements, needs, revision };
    units.set(name, unit);
    unreadable.clear(name);
    return unit;
  }

  /** A new version of a secret changes the units that name it, and nothing else. */
  #setSecret(name: string, entry: KeyValue | undefined, revision: number): ClusterChange[] {
    const { secrets, units } = this.#tables;
    const record = entry && this.#decoded(secretRecord, entry);
    secrets.set(name, record && known(name, record));
    return [...secrets.usersOf(name)].flatMap((user) => {
      const unit = units.view.get(user);
      if (!unit) return [];
      const changed: Unit = { ...unit, secrets: secrets.newestOf(unit.requirements.secrets) };
      if (changed.secrets === unit.secrets) return [];
      units.set(user, changed);
      return [{ kind: "unit", revision, unit: user, value: changedUnit(changed) }];
    });
  }

  #setAssignment(
    { unit, machineID }: { readonly unit: string; readonly machineID: string },
    entry: KeyValue | undefined,
    revision: number,
  ): ClusterChange {
    const record = entry && this.#decoded(assignmentRecord, entry);
    const value = this.#tables.assignments.set(unit, machineID, entry, record);
    return { kind: "assignment", revision, unit, machineID, value };
  }

  #setState(
    { unit, machineID }: { readonly unit: string; readonly machineID: string },
    entry: KeyValue | undefined,
    revision: number,
  ): ClusterChange {
    const record = entry && this.#decoded(stateRecord, entry);
    const value: UnitState | undefined = record && { name: unit, machineID, ...record };
    if (value) this.#tables.states.set(unit, machineID, value);
    else this.#tables.states.delete(unit, machineID);
    return { kind: "state", revision, unit, machineID, value };
  }

  #setAttempts(unit: string, entry: KeyValue | undefined, revision: number): ClusterChange {
    const value = entry && this.#decoded(attemptsRecord, entry);
    if (value) this.#tables.attempts.set(unit, value);
    else this.#tables.attempts.delete(unit);
    return { kind: "attempts", revision, unit, value };
  }

  /** Wakes nobody: the leader itself writes it, after the states that others have seen. */
  #setHistory(unit: string, entry: KeyValue | undefined): void {
    const history = entry && this.#decoded(historyRecord, entry);
    if (history) this.#tables.histories.set(unit, history);
    else this.#tables.histories.delete(unit);
  }

  #setMachine(id: string, entry: KeyValue | undefined, revision: number): ClusterChange {
    const record = entry && this.#decoded(machineRecord, entry);
    const inPlace = entry && record && { record: { ...record, id }, joined: entry.createRevision, lease: entry.lease };
    if (inPlace) this.#tables.departures.noteReturn(id);
    return { kind: "machine", revision, machineID: id, value: this.#tables.machines.setRecord(id, inPlace) };
  }

  #setSettings(id: string, entry: KeyValue | undefined, revision: number): ClusterChange[] {
    const settings = entry && this.#decoded(machineSettingsRecord, entry);
    const value = this.#tables.machines.setSettings(id, settings);
    return value ? [{ kind: "machine", revision, machineID: id, value }] : [];
  }

  #setMember(id: string, entry: KeyValue | undefined, revision: number): ClusterChange[] {
    const member = entry && this.#decoded(memberRecord, entry);
    this.#tables.removals.noteMember(id, entry !== undefined);
    const value = this.#tables.machines.setVouched(id, member?.metadata);
    return value ? [{ kind: "machine", revision, machineID: id, value }] : [];
  }

  /** The change of an absent machine tells the leader that the machine does not return. */
  #setRemoved(id: string, entry: KeyValue | undefined, revision: number): ClusterChange[] {
    const isRemoved = entry !== undefined && this.#decoded(removedMemberRecord, entry) !== undefined;
    this.#tables.removals.noteRemoval(id, isRemoved);
    return [{ kind: "machine", revision, machineID: id, value: this.#tables.machines.machines.get(id) }];
  }

  #decoded<T>(schema: Parameters<typeof decode<T>>[0], entry: KeyValue): T | undefined {
    const record = decode(schema, entry.value);
    if (record) this.#tables.garbage.clear(entry.key);
    else this.#tables.garbage.note(entry.key, UNREADABLE);
    return record;
  }
}

/** What a live copy keeps of a secret: everything but the encrypted value. */
function known(name: string, { number, version, size, createdAt, updatedAt, keyID }: SecretRecord): Secret {
  return { name, number, version, size, createdAt, updatedAt, keyID };
}
