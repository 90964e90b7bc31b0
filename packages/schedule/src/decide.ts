import type { ClusterSnapshot } from "@flotilla/model";
import type { Decision } from "./decisions/decision.ts";
import { type Moment, NO_TIME } from "./history/moment.ts";
import type { Rule } from "./rules/rule.ts";
import { Scheduler } from "./scheduler.ts";

/**
 * Returns the changes after which every unit is where it should be (docs/concepts/scheduling.md), in the order in which
 * they must be written. The units that no machine can take come last.
 *
 * Synchronous. The result depends only on the contents of the snapshot, not on the order of its maps. Once all
 * decisions are written, nothing is left to decide, except after rare chains of replacements, which take a few rounds.
 */
export function decide(
  snapshot: ClusterSnapshot,
  moment: Moment = NO_TIME,
  rules?: readonly Rule[],
): readonly Decision[] {
  const { toWrite, refused } = new Scheduler(rules).decide(snapshot, moment);
  return [...toWrite, ...[...refused.values()].sort((a, b) => (a.unit < b.unit ? -1 : 1))];
}

/**
 * Returns why a unit has no place; see `explainIn`. A caller that asks more than once should keep a scheduler, which is
 * cheaper.
 */
export function explain(snapshot: ClusterSnapshot, unit: string, rules?: readonly Rule[]): readonly string[] {
  const scheduler = new Scheduler(rules);
  scheduler.decide(snapshot, NO_TIME);
  return scheduler.explain(unit);
}
