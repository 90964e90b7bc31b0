import { type Attendance, type MachineID, shortMachineID } from "@flotilla/model";
import { type MassLossRules, type Observed, takeAttendance } from "@flotilla/schedule";
import type { LeaderDecision } from "../controller/controller.ts";

/** The stored attendance differs from the machines in the cluster. */
export interface AttendanceDecision extends LeaderDecision {
  readonly kind: "attendance";
  readonly reason: { readonly code: "hold-begins" | "hold-ends" | "store-was-away" | "machines-changed" };
  readonly last: Attendance;
  readonly attendance: Attendance;
}

/** Returns undefined when the stored attendance is right. @param now milliseconds since the epoch. */
export function decideAttendance(
  last: Attendance,
  observed: Observed,
  rules: MassLossRules,
  now: number,
): AttendanceDecision | undefined {
  const attendance = takeAttendance(last, observed, rules, now);
  if (JSON.stringify(attendance) === JSON.stringify(last)) return undefined;
  const code = codeOf(last, attendance);
  return { kind: "attendance", reason: { code }, sentence: sentenceOf(last, attendance), last, attendance };
}

function codeOf(last: Attendance, attendance: Attendance): AttendanceDecision["reason"]["code"] {
  if (attendance.hold && attendance.hold.since !== last.hold?.since) return "hold-begins";
  if (last.hold && !attendance.hold) return "hold-ends";
  return attendance.awaited && !last.awaited ? "store-was-away" : "machines-changed";
}

function sentenceOf(last: Attendance, attendance: Attendance): string {
  const { present, missing, hold } = attendance;
  const dropped = [...last.present, ...last.missing].filter((id) => !present.includes(id) && !missing.includes(id));
  const parts = [
    listed("joined", notIn(present, last.present)),
    listed("missing", notIn(missing, last.missing)),
    listed("dropped", dropped),
    hold && `${hold.machines.length} of ${hold.of} machines vanished together`,
  ];
  return parts.filter(Boolean).join("; ") || "the attendance is written again";
}

function notIn(ids: readonly MachineID[], others: readonly MachineID[]): MachineID[] {
  const known = new Set(others);
  return ids.filter((id) => !known.has(id));
}

/** A longer list is shown as a count. */
const SHOWN = 5;

function listed(what: string, ids: readonly MachineID[]): string | undefined {
  if (ids.length === 0) return undefined;
  return `${what}: ${ids.length > SHOWN ? `${ids.length} machines` : ids.map(shortMachineID).join(", ")}`;
}
