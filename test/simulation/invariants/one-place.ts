import { assignmentOf } from "../world/records.ts";
import type { MakeInvariant } from "../world/world.ts";

/** How long the engine may not have seen that a unit is no longer global, in milliseconds. */
const UNSEEN_MS = 15_000;

/** A unit that is not global has at most one place. Leaving and stopping copies do not count. */
export const onePlace: MakeInvariant = ({ reading }) => ({
  name: "a unit has one place",
  onCommit: ({ written }) => {
    for (const { key, after } of written) {
      if (!after || !key.startsWith("assignment/")) continue;
      const { unit, leaving, stopping } = assignmentOf(after);
      if (leaving || stopping || reading.requirementsLately(unit, UNSEEN_MS).some(({ global }) => global)) continue;
      const places = reading.placesOf(unit).filter((place) => !place.leaving && !place.stopping);
      if (places.length > 1) return `${unit} has ${places.length} places`;
    }
    return undefined;
  },
});
