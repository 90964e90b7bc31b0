import type { ManagedUnit } from "@flotilla/systemd";
import type { LaunchRecord } from "../launch/launch-record.ts";

/** What else is known of the unit. */
export interface Sight {
  /** Somebody waits for the unit's job and will note how it ended. */
  readonly isAwaited: boolean;
  /** An administrator has masked it, whether systemd has read that or not. */
  readonly isMasked: () => boolean;
}

/**
 * A launch record in the light of what systemd shows: a start that it has visibly taken up is never
 * to be repeated, and a unit that runs has no failed start to report.
 */
export function observe(record: LaunchRecord, managed: ManagedUnit, sight: Sight): LaunchRecord {
  const phase = phaseSeen(record.phase, managed, sight.isAwaited);
  if (phase !== record.phase) return { ...record, phase };
  if (record.phase !== "launched") return record;
  return isDown(managed) ? observeEnd(record, managed, sight) : observeRun(record, managed);
}

/** What there was to say of the last run is over. */
function observeRun(record: LaunchRecord, { activeState, subState }: ManagedUnit): LaunchRecord {
  const runs = activeState === "active" || activeState === "reloading";
  const isOnItsWay = activeState === "activating" && subState !== "auto-restart";
  if ((runs || isOnItsWay) && hasEnded(record)) return withoutEnd(record, runs ? "" : record.problem);
  return runs && record.problem !== "" ? { ...record, problem: "" } : record;
}

/**
 * That a unit has failed is kept until it runs, or is on its way to: systemd may be told to forget it. What a mask has
 * ended, or has kept from starting again, is to be started when the mask is gone; what had ended before is not.
 */
function observeEnd(record: LaunchRecord, managed: ManagedUnit, { isMasked }: Sight): LaunchRecord {
  const { activeState, subState, result, loadState } = managed;
  if (!hasEnded(record) && loadState === "masked") return { ...withoutEnd(record, ""), phase: "loaded", hash: "" };
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
