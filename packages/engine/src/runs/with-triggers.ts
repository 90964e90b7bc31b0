import type { AssignmentWrite, ClusterSnapshot } from "@flotilla/model";
import type { Decision } from "@flotilla/schedule";

type Seen = Pick<ClusterSnapshot, "histories" | "states" | "units">;

/**
 * Tells the machine of a timer when the timer has last elapsed elsewhere, so that a run that was missed meanwhile is made
 * up for there. A global timer elapses on each machine by itself.
 * @param wall the time, milliseconds since the epoch: no time of a clock that is ahead is passed on.
 */
export function withTriggers(decision: Decision, snapshot: Seen, wall: number): Decision {
  const { unit } = decision;
  if (!unit.endsWith(".timer") || snapshot.units.get(unit)?.requirements.global !== false) return decision;
  const triggeredAt = Math.min(lastTrigger(unit, snapshot), wall);
  if (triggeredAt <= 0) return decision;
  const writes = decision.writes.map((write): AssignmentWrite =>
    write.action === "assign" ? { ...write, record: { ...write.record, triggeredAt } } : write,
  );
  return { ...decision, writes };
}

function lastTrigger(unit: string, { histories, states }: Seen): number {
  const reported = [...(states.get(unit)?.values() ?? [])].map(({ triggeredAt = 0 }) => triggeredAt);
  return Math.max(histories.get(unit)?.triggeredAt ?? 0, ...reported);
}
