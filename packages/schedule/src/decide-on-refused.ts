import type { Unit } from "@flotilla/model";
import type { Arrangement } from "./arrange/arrangement.ts";
import type { Decision } from "./decision.ts";
import type { Plan } from "./plan/plan.ts";
import { type Refusal, sentencesOf } from "./refusal.ts";

/** Says why no machine can take a unit, if that is so. */
export function decideOnRefused(unit: Unit, { refusals, plan }: Arrangement): Decision[] {
  const refusal = refusals.get(unit.name);
  return refusal ? [refused(unit, refusal, plan)] : [];
}

export function refused(unit: Unit, refusal: Refusal, plan: Plan): Decision {
  const sentence = `${unit.name} cannot be placed: ${sentencesOf(refusal, unit, plan).join("; ")}`;
  return {
    kind: "unplaceable",
    unit: unit.name,
    reason: { code: "refused", refusal },
    sentence,
    writes: [],
    basis: [],
  };
}
