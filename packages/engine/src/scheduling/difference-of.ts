import { isDeepStrictEqual } from "node:util";
import type { Decided, Steps } from "@flotilla/schedule";

/** Decisions compared in one step. */
const COMPARED_IN_STEP = 200;

/** Returns a decision that only one side has made; undefined if the two agree. */
export function* differenceOf(kept: Decided, fresh: Decided): Steps<string | undefined> {
  const known = new Map(decisionsOf(kept).map((decision) => [decision.sentence, decision]));
  for (const [index, decision] of decisionsOf(fresh).entries()) {
    if (index % COMPARED_IN_STEP === COMPARED_IN_STEP - 1) yield;
    if (!isDeepStrictEqual(known.get(decision.sentence), decision)) return `not decided: ${decision.sentence}`;
    known.delete(decision.sentence);
  }
  const [superfluous] = known.keys();
  return superfluous === undefined ? undefined : `superfluous decision: ${superfluous}`;
}

function decisionsOf({ toWrite, refused }: Decided) {
  return [...toWrite, ...refused.values()];
}
