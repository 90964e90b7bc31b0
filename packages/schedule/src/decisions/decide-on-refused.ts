import type { Unit } from "@flotilla/model";
import type { Plan } from "../incremental/plan.ts";
import type { Placement } from "../placement/placement.ts";
import { type Refusal, sentencesOf } from "../placement/refusal.ts";
import type { Decision } from "./decision.ts";

/** Returns the reason why no machine can take a unit; empty if a machine can. */
export function decideOnRefused(unit: Unit, { refusals, placement }: Plan): Decision[] {
  const refusal = refusals.get(unit.name);
  return refusal ? [refused(unit, refusal, placement)] : [];
}

export function refused(unit: Unit, refusal: Refusal, placement: Placement): Decision {
  return {
    kind: "unplaceable",
    unit: unit.name,
    reason: { code: "refused", refusal },
    sentence: `${unit.name} cannot be placed: ${sentencesOf(refusal, unit, placement).join("; ")}`,
    writes: [],
    basis: [],
  };
}
