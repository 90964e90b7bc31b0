import type { Unit } from "@flotilla/model";
import type { Score } from "../../rules/wish.ts";
import type { BitSet } from "../bit-set.ts";
import type { Slot } from "../slot.ts";

/** Divides a set of machines into sets of equally good ones, the best first. None of them is empty. */
export interface Order {
  among(set: BitSet): Iterable<BitSet>;
}

/** What one wish needs to order machines, kept while units and machines come and go. */
export interface WishIndex {
  /** Takes in that a unit came to the slot (1) or left it (-1), for a wish that looks at units. */
  change?(unit: Unit, slot: Slot, by: 1 | -1): void;
  /** Takes in a machine that has joined or changed, for a wish that looks at machines. */
  update?(slot: Slot): void;
  /** Must be called when the machines have new numbers. */
  renumber?(): void;
  /** The orders that the unit wishes, the most important first; none if all machines are equal. */
  orders(unit: Unit): readonly Order[];
  /**
   * How good a machine is for the unit, for each of its wishes. Reads the machine itself, not the kept sets.
   * @param own the unit's place, which does not count.
   */
  scores(unit: Unit, slot: Slot, own: Slot | undefined): readonly Score[];
}

export const NO_ORDERS: readonly Order[] = [];

export const NO_SCORES: readonly Score[] = [];
