import { isSameRun, LOST, UNKNOWN, type UnitHistory, type UnitRun, type UnitState } from "@flotilla/model";
import type { World } from "../world/world.ts";

/** How many runs the cluster keeps of a unit. */
const KEPT = 10;

/** The history of each unit has the runs that its machines have published, and the time at which its timer elapsed. */
export function runs({ ledger }: World): string | undefined {
  for (const { key, value } of ledger.under("state/")) {
    const [, machineID = "", unit = ""] = key.split("/");
    if (!ledger.entries.has(`unit/${unit}`)) continue;
    const { runs: published = [], triggeredAt = 0 } = JSON.parse(value) as UnitState;
    const entry = ledger.entries.get(`runs/${unit}`);
    const history: UnitHistory = entry ? (JSON.parse(entry.value) as UnitHistory) : { runs: [] };
    const missing = published.find((run) => run.endedAt > 0 && !has(history, { ...run, machineID }));
    if (missing) return `the history of ${unit} lacks a run that ended at ${missing.endedAt}`;
    if (triggeredAt > (history.triggeredAt ?? 0)) return `the history of ${unit} lacks its elapse at ${triggeredAt}`;
  }
  return undefined;
}

/** Whether the history has the run, or the run is older than all of a full history. */
function has({ runs: kept }: UnitHistory, run: UnitRun): boolean {
  const known = kept.find((each) => isSameRun(each, run));
  if (known) return isAssumed(run) || !isAssumed(known);
  return kept.length >= KEPT && run.startedAt < (kept.at(0)?.startedAt ?? 0);
}

/** A leader assumes the end of a run that it cannot know, until the run's machine reports the end. */
function isAssumed({ result }: UnitRun): boolean {
  return result === LOST || result === UNKNOWN;
}
