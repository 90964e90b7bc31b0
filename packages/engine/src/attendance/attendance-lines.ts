import type { LogLine } from "../controller/controller.ts";
import type { AttendanceDecision } from "./decide-attendance.ts";

/** Returns the log lines about a new attendance. */
export function linesOfAttendance({ reason, sentence, last, attendance }: AttendanceDecision): readonly LogLine[] {
  const { hold, awaited } = attendance;
  const lines: LogLine[] = [{ level: "debug", message: "attendance written", fields: { reason: sentence } }];
  if (reason.code === "hold-begins" && hold)
    lines.push({
      level: "error",
      message: "the units of machines that vanished are not moved; fleetctl release-hold lets them move",
      fields: { reason: `${hold.machines.length} of ${hold.of} machines vanished together` },
    });
  if (last.hold && !hold)
    lines.push({ level: "warn", message: "units of machines that vanished are moved again", fields: {} });
  if (awaited && !last.awaited)
    lines.push({
      level: "warn",
      message: "the store was out of reach; units keep their assignments until absent machines have had time to return",
      fields: { machines: awaited.length },
    });
  return lines;
}
