import { counted } from "@flotilla/unit";
import type { NeighbourWish } from "./wish.ts";

/** Avoids=: the machine with the fewest units that the unit avoids, or that avoid the unit. */
export const avoidsWish: NeighbourWish = {
  kind: "neighbours",
  name: "Avoids",
  examples: [
    { section: "X-Fleet", name: "Avoids", value: "a.service" },
    { section: "X-Fleet", name: "Avoids", value: "w@* b.service" },
  ],
  avoids: ({ requirements }) => requirements.avoids,
  explain({ score }) {
    return score === 0 ? "no unit to avoid" : `${counted(score, "unit")} to avoid`;
  },
};
