import type { ManagedUnit } from "@flotilla/systemd";
import type { LaunchRecord } from "../launch/launch-record.ts";

/** Facts about the unit beside systemd's state. */
export interface ObservationContext {
  /** Whether a worker waits for the unit's job and will record its result. */
  readonly isAwaited: boolean;
  /** Whether the unit is masked, even if systemd has not read the mask yet. */
  readonly isMasked: () => boolean;
  /** Whether the unit is down because a unit that it is bound to is down. */
  readonly isHeldBack?: () => boolean;
}

/**
 * Updates a launch record by systemd's state of the unit. A start that systemd has visibly taken up is never repeated,
 * and a running unit has no failed start.
 */
export function observe(record: LaunchRecord, managed: ManagedUnit, context: ObservationContext): LaunchRecord {
  const phase = phaseSeen(record.phase, managed, context.isAwaited);
  if (phase !== record.phase) return { ...record, phase };
  if (record.phase !== "launched") return record;
  return isDown(managed) ? observeEnd(record, managed, context) : observeRun(record, managed);
}

/** A run clears the failure and the end of the previous run. */
function observeRun(record: LaunchRecord, { activeState, subState }: ManagedUnit): LaunchRecord {
  const runs = activeState === "active" || activeState === "reloading";
  const isOnItsWay = activeState === "activating" && subState !== "auto-restart";
  if ((runs || isOnItsWay) && hasEnded(record)) return withoutEnd(record, runs ? "" : record.problem);
  return runs && record.problem !== "" ? { ...record, problem: "" } : record;
}

/**
 * Keeps a failure until the unit runs or starts again, even after reset-failed. A unit that ended under a mask must
 * start again after the unmask; one that had ended before must not. So must a unit that systemd has stopped because a
 * unit that it is bound to is down.
 */
function observeEnd(record: LaunchRecord, managed: ManagedUnit, context: ObservationContext): LaunchRecord {
  const { isMasked, isHeldBack } = context;
  const { activeState, subState, result, loadState } = managed;
  if (!hasEnded(record) && loadState === "masked") return { ...withoutEnd(record, ""), phase: "loaded", hash: "" };
  if (!hasEnded(record) && activeState === "inactive" && isHeldBack?.() === true)
    return { ...withoutEnd(record, ""), phase: "loaded", hash: "" };
  if (!hasEnded(record) && isMasked()) return record;
  if (activeState === "failed" && subState === "failed" && result !== "success")
    return record.failed === result ? record : { ...withoutEnd(record, record.problem), failed: result };
  return hasEnded(record) ? record : { ...record, ended: true };
}

function isDown({ activeState, job }: ManagedUnit): boolean {
  return job === "" && (activeState === "inactive" || activeState === "failed");
}

function hasEnded({ failed, ended }: LaunchRecord): boolean {
  return failed !== undefined || ended === true;
}

function withoutEnd({ failed: _, ended: __, ...record }: LaunchRecord, problem: string): LaunchRecord {
  return { ...record, problem };
}

function phaseSeen(
  phase: LaunchRecord["phase"],
  { activeState, job }: ManagedUnit,
  isAwaited: boolean,
): LaunchRecord["phase"] {
  switch (phase) {
    case "starting":
      // A start job that still waits for another unit does not count: it may fail.
      return ["activating", "active", "reloading"].includes(activeState) ? "launched" : phase;
    case "restarting":
      return job === "restart" || ["deactivating", "activating"].includes(activeState) ? "replacing" : phase;
    case "replacing":
      // A daemon that starts during a restart sees the second half of the restart as a start job.
      return isAwaited || job === "restart" || job === "start" ? phase : "launched";
    case "loaded":
    case "launched":
    case "stopping":
    case "mirrored":
      return phase;
    default:
      return phase satisfies never;
  }
}
