import type { ClusterSnapshot } from "@flotilla/model";
import type { Steps } from "../effort.ts";
import type { Moment } from "../decision.ts";
import type { Touched } from "../touched.ts";
import type { Arrangement } from "./arrangement.ts";
import { giveUp, place, takeOver } from "./look-for-places.ts";
import { takeIn } from "./take-in.ts";
import { wake } from "./wake.ts";

/**
 * Works out where every unit is to be. What has not been touched is as it was; the result is the same as if all had
 * been. It depends on the snapshot's contents alone, not on the order of its maps.
 */
export function* arrange(
  touched: Touched,
  snapshot: ClusterSnapshot,
  moment: Moment,
  arrangement: Arrangement,
): Steps<void> {
  const { plan, awake, homeless } = arrangement;
  arrangement.begin(snapshot, moment);
  const { moved, anew } = yield* takeIn(touched, arrangement);
  const leaving = [...moment.rested, ...arrangement.outdone].flatMap((name) => plan.wanted.get(name) ?? []);
  if (arrangement.touched.size > 0) moved.push(...plan.global.values());
  const mayLeave = yield* wake(moved, leaving, arrangement);
  yield* takeOver(mayLeave, arrangement);
  yield* giveUp(moment.rested, arrangement);
  yield* place(anew, arrangement);
  const restless = [...awake].filter((name) => homeless.has(name) && hasCopy(name, snapshot));
  awake.clear();
  for (const name of restless) awake.add(name);
}

/** Who may go on with a copy is asked each time: what is in its way there is not on record. */
function hasCopy(name: string, { assignments }: ClusterSnapshot): boolean {
  return [...(assignments.get(name)?.values() ?? [])].some(({ leaving }) => leaving);
}
