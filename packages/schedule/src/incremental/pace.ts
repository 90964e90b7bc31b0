/** How many units may leave at once, and whether `MinAvailable=` makes them wait. */
export interface Pace {
  readonly most: number;
  readonly waitsForInstances: boolean;
}

/** The most units that start elsewhere at once because of one drain: the other machines must not be flooded. */
export const MOST_MOVING = 8;

export const CAREFUL: Pace = { most: MOST_MOVING, waitsForInstances: true };

/** For a preview, which shows where everything would go in the end. */
export const ALL_AT_ONCE: Pace = { most: Number.POSITIVE_INFINITY, waitsForInstances: false };
