import { metadataValuesOf } from "@flotilla/model";
import { meetsExpression } from "@flotilla/unit";
import type { MachineWish } from "./wish.ts";

/** Prefers=: the machine for which the weights of the preferences that it meets sum up to the most. */
export const prefersWish: MachineWish = {
  kind: "machine",
  name: "Prefers",
  examples: [
    { section: "X-Fleet", name: "Prefers", value: "zone=x" },
    { section: "X-Fleet", name: "Prefers", value: "20 zone!=y" },
  ],
  asks({ requirements: { prefers } }) {
    if (prefers.length === 0) return undefined;
    return prefers
      .map(({ weight, expressions }) =>
        [weight, ...expressions.flatMap(({ key, operator, values }) => ["", key, operator, ...values])].join("\0"),
      )
      .join("\n");
  },
  score({ requirements: { prefers } }, machine) {
    let score = 0;
    for (const { weight, expressions } of prefers)
      if (expressions.every((expression) => meetsExpression(expression, metadataValuesOf(machine, expression.key))))
        score -= weight;
    return score;
  },
  explain({ score }, { requirements: { prefers } }) {
    return `Prefers ${-score} of ${prefers.reduce((sum, { weight }) => sum + weight, 0)}`;
  },
};
