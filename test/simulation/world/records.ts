import type { Assignment, MachineRecord, Attendance } from "@flotilla/model";
import type { KeyValue } from "@flotilla/store";
import type { Ledger } from "./ledger.ts";

/** An assignment as the registry writes it under `assignment/`. */
export type StoredAssignment = Pick<
  Assignment,
  "digest" | "hash" | "desired" | "restart" | "leaving" | "exclusive" | "stopping"
> & {
  readonly unit: string;
  readonly machineID: string;
  readonly since: number;
};

export interface StoredUnit {
  readonly name: string;
  readonly digest: string;
  readonly hash: string;
  readonly desired: "inactive" | "loaded" | "launched";
  readonly restart: number;
}

/** Parsed entries. Entries never change, and the invariants read the same ones after every commit. */
const assignments = new WeakMap<KeyValue, StoredAssignment>();
const units = new WeakMap<KeyValue, StoredUnit>();

export function assignmentOf(entry: KeyValue): StoredAssignment {
  const known = assignments.get(entry);
  if (known) return known;
  const { key, value, createRevision } = entry;
  const [, machineID = "", unit = ""] = key.split("/");
  const assignment = { ...(JSON.parse(value) as StoredAssignment), machineID, unit, since: createRevision };
  assignments.set(entry, assignment);
  return assignment;
}

export function unitOf(entry: KeyValue): StoredUnit {
  const known = units.get(entry);
  if (known) return known;
  const unit = { ...(JSON.parse(entry.value) as StoredUnit), name: entry.key.slice("unit/".length) };
  units.set(entry, unit);
  return unit;
}

export function machineOf({ value }: KeyValue): MachineRecord {
  return JSON.parse(value) as MachineRecord;
}

/** Returns the attendance in the store: its head, and a key for each machine. */
export function attendanceOf(ledger: Pick<Ledger, "entries" | "under">): Attendance {
  const head = JSON.parse(ledger.entries.get("engine/roll")?.value ?? "{}") as StoredAttendanceHead;
  const each = ledger.under("roll/").map(({ key, value }) => ({
    id: key.slice("roll/".length),
    ...(JSON.parse(value) as { is: string; held: boolean }),
  }));
  const idsOf = (are: readonly { readonly id: string }[]): string[] => are.map(({ id }) => id);
  const missing = idsOf(each.filter(({ is }) => is === "missing"));
  return {
    present: idsOf(each.filter(({ is }) => is === "present")),
    missing,
    hold: head.hold && { ...head.hold, machines: idsOf(each.filter(({ held }) => held)) },
    awaited: head.settling ? missing : undefined,
  };
}

interface StoredAttendanceHead {
  readonly hold?: { readonly since: number; readonly of: number };
  readonly settling?: boolean;
}

/** Returns a line for the history. */
export function describe(key: string, entry: KeyValue | undefined): string {
  const short = key.replace(/[0-9a-f]{28,}/g, (hex) => hex.slice(0, 4));
  if (!entry) return `deletes ${short}`;
  const value = key.startsWith("file/") ? "…" : entry.value.replace(/"(\w{4})\w{28,}"/g, '"$1"').replaceAll('"', "");
  return `puts ${short} ${value}`;
}
