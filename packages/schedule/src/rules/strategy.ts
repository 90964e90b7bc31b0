import { counted } from "@flotilla/unit";
import type { LoadWish } from "./wish.ts";

/** Strategy=: the machine with the fewest units (spread), or with the most (pack). */
export const strategyWish: LoadWish = {
  kind: "load",
  name: "Strategy",
  examples: [
    { section: "X-Fleet", name: "Strategy", value: "pack" },
    { section: "X-Fleet", name: "Strategy", value: "spread" },
  ],
  packs: ({ requirements }, strategy) => (requirements.strategy ?? strategy) === "pack",
  explain({ score }) {
    return counted(Math.abs(score), "unit");
  },
};
