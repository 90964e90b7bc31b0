import type { ClusterSnapshot } from "@flotilla/model";
import type { Steps } from "../effort.ts";
import type { Moment } from "../history/moment.ts";
import type { Changes } from "./changes.ts";
import { leaveFailing, placeUnplaced, takeOver } from "./find-places.ts";
import { leaveDrained, unitsToDrain } from "./leave-drained.ts";
import { leaveOnRequest, unitsRequested } from "./leave-on-request.ts";
import type { Plan } from "./plan.ts";
import { retry } from "./retry.ts";
import { takeIn } from "./take-in.ts";

/**
 * Updates the plan. What has not changed is kept; the result is the same as for a new plan. It depends on the contents
 * of the snapshot alone, not on the order of its maps.
 */
export function* makePlan(changes: Changes, snapshot: ClusterSnapshot, moment: Moment, plan: Plan): Steps<void> {
  const { placement, toRetry, unplaced } = plan;
  plan.begin(snapshot, moment);
  const { moved, everywhere } = yield* takeIn(changes, plan);
  const failing = [...moment.rested, ...plan.failingBesideCopy].flatMap((name) => placement.wanted.get(name) ?? []);
  const leaving = [...failing, ...unitsToDrain(plan), ...unitsRequested(plan)];
  if (plan.changedSlots.size > 0) moved.push(...placement.global.values());
  if (moved.length + leaving.length + toRetry.size > 0 && plan.mayPreempt) plan.retryAll();
  let mayLeave = yield* retry(moved, leaving, plan);
  if (mayLeave.size > 0 && [...mayLeave].some((name) => mayEvict(name, plan))) {
    plan.retryAll();
    mayLeave = yield* retry(moved, leaving, plan);
  }
  yield* takeOver(mayLeave, plan);
  yield* leaveFailing(moment.rested, plan);
  yield* leaveDrained(plan);
  yield* leaveOnRequest(plan);
  yield* placeUnplaced(everywhere, plan);
  const withCopy = [...toRetry].filter((name) => unplaced.has(name) && hasCopy(name, snapshot));
  toRetry.clear();
  for (const name of withCopy) toRetry.add(name);
}

/** Whether the unit, which may lose its place in this pass, then evicts others. */
function mayEvict(name: string, { placement: { wanted, rules } }: Plan): boolean {
  const unit = wanted.get(name);
  return unit !== undefined && rules.preempts(unit);
}

/** A unit with a copy is tried again each time: nothing records what keeps the unit from its copy's machine. */
function hasCopy(name: string, { assignments }: ClusterSnapshot): boolean {
  return [...(assignments.get(name)?.values() ?? [])].some(({ leaving }) => leaving);
}
