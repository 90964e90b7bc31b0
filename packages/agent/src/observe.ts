import type { ManagedUnit } from "@flotilla/systemd";
import type { LaunchRecord } from "./launch-record.ts";

/**
 * A launch record in the light of what systemd shows: a start that it has visibly taken up is never
 * to be repeated, and a unit that runs has no failed start to report.
 */
export function observe(record: LaunchRecord, managed: ManagedUnit): LaunchRecord {
  if (isTakenUp(record, managed)) return { ...record, phase: "launched" };
  const runs = managed.activeState === "active" || managed.activeState === "reloading";
  return record.phase === "launched" && record.problem !== "" && runs ? { ...record, problem: "" } : record;
}

/** A start job that still waits for another unit does not count: it may yet come to nothing. */
function isTakenUp({ phase }: LaunchRecord, { activeState, job }: ManagedUnit): boolean {
  if (phase === "starting") return ["activating", "active", "reloading"].includes(activeState);
  if (phase === "restarting") return job === "restart" || ["deactivating", "activating"].includes(activeState);
  return false;
}
