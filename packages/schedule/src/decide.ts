import type { ClusterSnapshot } from "@flotilla/model";
import { type Decision, type Moment, NO_TIME } from "./decision.ts";
import { Scheduler } from "./scheduler.ts";

/**
 * What has to change for every unit to be where it should be (docs/concepts/scheduling.md): those that make
 * room first, then those that come, and last the units that no machine can take.
 *
 * Synchronous, and the same for the same snapshot, whatever the order of its maps. After all of it
 * is applied there is no more to change, but for rare chains of replacements, which take some rounds.
 */
export function decide(snapshot: ClusterSnapshot, moment: Moment = NO_TIME): readonly Decision[] {
  const { toWrite, refused } = new Scheduler().decide(snapshot, moment);
  return [...toWrite, ...[...refused.values()].sort((a, b) => (a.unit < b.unit ? -1 : 1))];
}

/** Why a unit has no place; see `explainIn`. Whoever asks more than once keeps a scheduler, which costs less. */
export function explain(snapshot: ClusterSnapshot, unit: string): readonly string[] {
  const scheduler = new Scheduler();
  scheduler.decide(snapshot, NO_TIME);
  return scheduler.explain(unit);
}
