import { membersText, templateOf } from "./group-of.ts";
import { MACHINE_KEY, type SpreadWish } from "./wish.ts";

const BY_MACHINE = [MACHINE_KEY];

/**
 * SpreadBy=: the value of the metadata key, or the machine, with the fewest units of the group. Instances of a template are
 * spread over the machines in any case, unless they are packed. Machines without the key come last.
 */
export const spreadByWish: SpreadWish = {
  kind: "spread",
  name: "SpreadBy",
  examples: [
    { section: "X-Fleet", name: "SpreadBy", value: "zone" },
    { section: "X-Fleet", name: "SpreadBy", value: "machine" },
  ],
  keys({ name, requirements }, strategy) {
    const { spreadBy } = requirements;
    if (templateOf(name) === undefined || (requirements.strategy ?? strategy) === "pack") return spreadBy;
    if (spreadBy.length === 0) return BY_MACHINE;
    return spreadBy.includes(MACHINE_KEY) ? spreadBy : [...spreadBy, MACHINE_KEY];
  },
  explain({ score, key = "", value }, unit) {
    if (key === MACHINE_KEY) return membersText(score, unit);
    return value === undefined ? `no ${key}` : `${key}=${value} with ${membersText(score, unit)}`;
  },
};
