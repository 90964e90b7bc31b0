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
  return record.phase === "launched" ? observeEnd(record, managed) : record;
}

/** That a unit has failed is kept until it runs, or is on its way to: systemd may be told to forget it. */
function observeEnd(record: LaunchRecord, { activeState, subState, job, result }: ManagedUnit): LaunchRecord {
  const runs = activeState === "active" || activeState === "reloading";
  const isOnItsWay = activeState === "activating" && subState !== "auto-restart";
  if ((runs || isOnItsWay) && record.failed !== undefined) {
    const { since, digest, hash, phase, restart, problem, origin } = record;
    const kept = { since, digest, hash, phase, restart, problem: runs ? "" : problem };
    return origin === undefined ? kept : { ...kept, origin };
  }
  if (runs && record.problem !== "") return { ...record, problem: "" };
  const hasFailed = activeState === "failed" && subState === "failed" && job === "" && result !== "success";
  return hasFailed && record.failed !== result ? { ...record, failed: result } : record;
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
