import type { ManagedUnit } from "@flotilla/systemd";
import type { LaunchRecord } from "../launch/launch-record.ts";

/**
 * A launch record in the light of what systemd shows: a start that it has visibly taken up is never
 * to be repeated, and a unit that runs has no failed start to report.
 * @param isAwaited somebody waits for the unit's job and will note how it ended.
 */
export function observe(record: LaunchRecord, managed: ManagedUnit, isAwaited: boolean): LaunchRecord {
  const phase = phaseSeen(record.phase, managed, isAwaited);
  if (phase !== record.phase) return { ...record, phase };
  const runs = managed.activeState === "active" || managed.activeState === "reloading";
  return record.phase === "launched" && record.problem !== "" && runs ? { ...record, problem: "" } : record;
}

function phaseSeen(
  phase: LaunchRecord["phase"],
  { activeState, job }: ManagedUnit,
  isAwaited: boolean,
): LaunchRecord["phase"] {
  switch (phase) {
    case "starting":
      // A start job that still waits for another unit does not count: it may yet come to nothing.
      return ["activating", "active", "reloading"].includes(activeState) ? "launched" : phase;
    case "restarting":
      return job === "restart" || ["deactivating", "activating"].includes(activeState) ? "replacing" : phase;
    case "replacing":
      // The second half of a restart is a start job to a daemon that comes in its midst.
      return isAwaited || job === "restart" || job === "start" ? phase : "launched";
    case "loaded":
    case "launched":
    case "stopping":
      return phase;
    default:
      return phase satisfies never;
  }
}
