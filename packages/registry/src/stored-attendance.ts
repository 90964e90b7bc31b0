import type { Attendance, Hold, MachineID } from "@flotilla/model";
import type { Op } from "@flotilla/store";
import { keys } from "./keys.ts";
import type { AttendanceEntry, AttendanceHead } from "./records.ts";

/** The stored attendance, for reading. */
export interface KnownAttendance {
  /** A different object whenever the attendance has changed, and only then. */
  readonly attendance: Attendance;
  readonly hold: Hold | undefined;
  /** Returns the writes that turn the stored attendance into `attendance`. */
  changesTo(attendance: Attendance): Op[];
}

/**
 * The stored attendance: one key for each machine, and a head key for the facts about all machines. A machine that
 * appears or vanishes therefore costs one small write, whatever the size of the cluster.
 */
export class StoredAttendance implements KnownAttendance {
  readonly #entries = new Map<MachineID, AttendanceEntry>();
  #head: AttendanceHead | undefined;
  #attendance: Attendance | undefined;

  setEntry(machineID: MachineID, entry: AttendanceEntry | undefined): void {
    this.#attendance = undefined;
    if (entry) this.#entries.set(machineID, entry);
    else this.#entries.delete(machineID);
  }

  setHead(head: AttendanceHead | undefined): void {
    this.#attendance = undefined;
    this.#head = head;
  }

  /** A different object whenever the attendance has changed, and only then. */
  get attendance(): Attendance {
    return (this.#attendance ??= this.#assembled());
  }

  get hold(): Hold | undefined {
    return this.#head?.hold && this.attendance.hold;
  }

  /**
   * Returns the writes that turn the stored attendance into `attendance`; none if they are equal. A leader may die
   * between two transactions, and its successor must then judge the whole loss again. So no machine is stored as
   * missing before the hold that it belongs to. The present machines of a hold are stored as held before the hold;
   * `held` has no effect until the hold is stored.
   */
  changesTo(attendance: Attendance): Op[] {
    const entries = entriesOf(attendance);
    const gone = [...this.#entries.keys()].filter((id) => !entries.has(id));
    const changed = [...entries].filter(([id, entry]) => !isSame(this.#entries.get(id), entry));
    const put = ([id, entry]: readonly [MachineID, AttendanceEntry]): Op => ({
      put: keys.attendanceEntry(id),
      value: JSON.stringify(entry),
    });
    return [
      ...gone.map((id) => ({ delete: keys.attendanceEntry(id) })),
      ...changed.filter(([, { is }]) => is === "present").map(put),
      ...this.#headChange(headOf(attendance)),
      ...changed.filter(([, { is }]) => is !== "present").map(put),
    ];
  }

  #headChange(head: AttendanceHead | undefined): Op[] {
    if (JSON.stringify(head) === JSON.stringify(this.#head)) return [];
    return [head ? { put: keys.attendance, value: JSON.stringify(head) } : { delete: keys.attendance }];
  }

  #assembled(): Attendance {
    const { hold, settling = false } = this.#head ?? {};
    const present = this.#sorted((entry) => entry.is === "present");
    const missing = this.#sorted((entry) => entry.is === "missing");
    return {
      present,
      missing,
      hold: hold && { since: hold.since, machines: this.#sorted((entry) => entry.held), of: hold.of },
      awaited: settling && missing.length > 0 ? missing : undefined,
    };
  }

  #sorted(isMeant: (entry: AttendanceEntry) => boolean): MachineID[] {
    const meant: MachineID[] = [];
    for (const [id, entry] of this.#entries) if (isMeant(entry)) meant.push(id);
    return meant.sort();
  }
}

function entriesOf({ present, missing, hold }: Attendance): Map<MachineID, AttendanceEntry> {
  const held = new Set(hold?.machines);
  const entries = new Map<MachineID, AttendanceEntry>();
  for (const id of held) entries.set(id, { is: "away", held: true });
  for (const id of present) entries.set(id, { is: "present", held: held.has(id) });
  for (const id of missing) entries.set(id, { is: "missing", held: held.has(id) });
  return entries;
}

function headOf({ hold, awaited }: Attendance): AttendanceHead | undefined {
  if (!hold && !awaited) return undefined;
  return { ...(hold && { hold: { since: hold.since, of: hold.of } }), settling: awaited !== undefined };
}

function isSame(one: AttendanceEntry | undefined, other: AttendanceEntry): boolean {
  return one?.is === other.is && one.held === other.held;
}
