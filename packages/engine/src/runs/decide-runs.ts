import {
  type ClusterSnapshot,
  isSameRun,
  LOST,
  shortMachineID,
  UNKNOWN,
  type UnitHistory,
  type UnitRun,
} from "@flotilla/model";
import type { LeaderDecision } from "../controller/controller.ts";
import { withRuns } from "./kept-runs.ts";
import type { News } from "./run-news.ts";

export interface RunDecision extends LeaderDecision {
  readonly kind: "keep-runs" | "forget-runs";
  readonly unit: string;
  readonly history: UnitHistory | undefined;
  /** Runs that were lost with their machine. */
  readonly lost: readonly UnitRun[];
}

/**
 * Decides to keep what is new of a unit's runs; undefined if nothing is.
 * @param wall the time, milliseconds since the epoch.
 */
export function decideRuns(
  unit: string,
  { ended, vanished, triggeredAt }: News,
  { histories, machines }: Pick<ClusterSnapshot, "histories" | "machines">,
  wall: number,
): RunDecision | undefined {
  const open = vanished.filter((run) => !ended.some((other) => isSameRun(other, run)));
  const closed = open.map((run): UnitRun => {
    return { ...run, endedAt: Math.max(wall, run.startedAt), result: machines.has(run.machineID) ? UNKNOWN : LOST };
  });
  const known = histories.get(unit);
  const changed = withRuns(known, [...ended, ...closed]);
  const isTriggered = triggeredAt > (known?.triggeredAt ?? 0);
  if (!changed && !isTriggered) return undefined;
  const history = { ...(changed ?? known ?? { runs: [] }), ...(isTriggered && { triggeredAt }) };
  const lost = closed.filter(({ result }) => result === LOST);
  const [first] = lost;
  const reason = { code: first ? "run-lost" : changed ? "run-ended" : "timer-elapsed" };
  const sentence = first
    ? `a run of ${unit} was lost with machine ${shortMachineID(first.machineID)}`
    : `${changed ? "a run of " : ""}${unit} has ${changed ? "ended" : "elapsed"}`;
  return { kind: "keep-runs", unit, reason, sentence, history, lost };
}

/** Decides to forget the runs of a unit that was destroyed; undefined if it was not. */
export function decideForget(
  unit: string,
  { histories, units, unreadable }: Pick<ClusterSnapshot, "histories" | "units" | "unreadable">,
): RunDecision | undefined {
  if (!histories.has(unit) || units.has(unit) || unreadable.has(unit)) return undefined;
  const reason = { code: "unit-destroyed" };
  return { kind: "forget-runs", unit, reason, sentence: `${unit} was destroyed`, history: undefined, lost: [] };
}
