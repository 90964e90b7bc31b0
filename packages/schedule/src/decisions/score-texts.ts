import type { Unit } from "@flotilla/model";
import type { Score } from "../rules/wish.ts";
import { WISHES } from "../rules/wishes.ts";

/** How good a machine is for the unit, as clauses in a list. */
export function scoreTexts(scores: readonly Score[], unit: Unit): readonly string[] {
  return scores.flatMap((score) => WISHES.find(({ name }) => name === score.wish)?.explain(score, unit) ?? []);
}
