import type { Machine, Unit } from "@flotilla/model";
import type { Strategy, UnitOption } from "@flotilla/unit";

/**
 * A wish: an order of the machines that pass all rules. Each wish is declared whole in one file. Wishes are lexicographic:
 * a later wish decides only among machines that are equal by all earlier ones. From the declaration, `placement/` derives
 * sets of equally good machines, which are kept while units come and go.
 */
export type Wish = MachineWish | NeighbourWish | SpreadWish | LoadWish;

interface Named {
  /** The option of the unit file. */
  readonly name: string;
  /** The option as people write it: the property tests build their units from these. */
  readonly examples: readonly UnitOption[];
  /** How good a machine is, as a clause in a list, such as "Prefers 20 of 30". */
  explain(score: Score, unit: Unit): string;
}

/** How good a machine is for a unit by one wish. */
export interface Score {
  /** The wish's name. */
  readonly wish: string;
  /** The lower, the better. */
  readonly score: number;
  /** The metadata key, of a wish with several. */
  readonly key?: string;
  /** The machine's value of the key. */
  readonly value?: string;
}

/** Looks at the machine alone. */
export interface MachineWish extends Named {
  readonly kind: "machine";
  /** What the unit wishes, as text; undefined for nothing. Units with the same text share their sets. */
  asks(unit: Unit): string | undefined;
  /** The lower, the better; 0 for a machine that meets nothing. */
  score(unit: Unit, machine: Machine): number;
}

/** Prefers machines without certain units. Counts the units there that the file names, and those that name the unit. */
export interface NeighbourWish extends Named {
  readonly kind: "neighbours";
  /** Names and globs of units. */
  avoids(unit: Unit): readonly string[];
}

/** The key that stands for the machine itself. */
export const MACHINE_KEY = "machine";

/** Evens out the units of a group (see `groupOf`) over the machines, or over the values of a metadata key. */
export interface SpreadWish extends Named {
  readonly kind: "spread";
  /** Metadata keys, or `MACHINE_KEY`, the most important first. */
  keys(unit: Unit, strategy: Strategy): readonly string[];
}

/** Orders machines by their number of units. Comes last. */
export interface LoadWish extends Named {
  readonly kind: "load";
  /** Whether the machine with the most units is best, rather than the one with the fewest. */
  packs(unit: Unit, strategy: Strategy): boolean;
}
