import type { ClusterSnapshot } from "@flotilla/model";
import type { Decision } from "./decisions/decision.ts";
import { type Moment, NO_TIME } from "./history/moment.ts";
import type { Rule } from "./rules/rule.ts";
import { Scheduler } from "./scheduler.ts";

/**
 * What must change for every unit to be where it should be (docs/concepts/scheduling.md), in the order in which to
 * write it; last the units that no machine can take.
 *
 * Synchronous, and the same for the same snapshot, whatever the order of its maps. Once all is written nothing more
 * changes, except after rare chains of replacements, which take a few rounds.
 */
export function decide(
  snapshot: ClusterSnapshot,
  moment: Moment = NO_TIME,
  rules?: readonly Rule[],
): readonly Decision[] {
  const { toWrite, refused } = new Scheduler(rules).decide(snapshot, moment);
  return [...toWrite, ...[...refused.values()].sort((a, b) => (a.unit < b.unit ? -1 : 1))];
}

/** Why a unit has no place; see `explainIn`. A caller that asks more than once keeps a scheduler, which costs less. */
export function explain(snapshot: ClusterSnapshot, unit: string, rules?: readonly Rule[]): readonly string[] {
  const scheduler = new Scheduler(rules);
  scheduler.decide(snapshot, NO_TIME);
  return scheduler.explain(unit);
}
