import type { Unit } from "@flotilla/model";
import type { Strategy } from "@flotilla/unit";
import type { Effort } from "../../effort.ts";
import type { LoadWish, Score, Wish } from "../../rules/wish.ts";
import type { BitSet } from "../bit-set.ts";
import type { Patterns } from "../patterns.ts";
import type { Slot } from "../slot.ts";
import type { Slots } from "../slots.ts";
import type { Groups } from "./groups.ts";
import { Neighbours } from "./neighbours.ts";
import { Preferred } from "./preferred.ts";
import { Spread } from "./spread.ts";
import { NO_ORDERS, NO_SCORES, type Order, type WishIndex } from "./wish-index.ts";

interface Parts {
  readonly slots: Slots;
  readonly patterns: Patterns;
  readonly effort: Effort;
  readonly groups: Groups;
  placesOf(unit: string): readonly Slot[];
}

/** The orders that units wish. */
export class Orders {
  readonly #strategy: Strategy;
  readonly #indexes: readonly WishIndex[];
  /** Those of `#indexes` whose order depends on units. */
  readonly #changing: readonly WishIndex[];
  readonly #load: LoadWish | undefined;

  /** @param strategy the cluster's, for units without their own. */
  constructor(wishes: readonly Wish[], strategy: Strategy, parts: Parts) {
    this.#strategy = strategy;
    this.#load = wishes.find((wish) => wish.kind === "load");
    this.#indexes = wishes.flatMap((wish) => indexOf(wish, strategy, parts) ?? []);
    this.#changing = this.#indexes.filter((index) => "change" in index);
  }

  /** Takes in that a unit came to the slot (1) or left it (-1). */
  change(unit: Unit, slot: Slot, by: 1 | -1): void {
    for (const index of this.#changing) index.change?.(unit, slot, by);
  }

  /** Takes in a machine that has joined or changed. */
  update(slot: Slot): void {
    for (const index of this.#indexes) index.update?.(slot);
  }

  /** Must be called when the machines have new numbers. */
  renumber(): void {
    for (const index of this.#indexes) index.renumber?.();
  }

  /** The unit's orders, the most important first, without the last one by load. */
  of(unit: Unit): readonly Order[] {
    let all = NO_ORDERS;
    for (const index of this.#indexes) {
      const orders = index.orders(unit);
      if (orders.length > 0) all = all.length === 0 ? orders : [...all, ...orders];
    }
    return all;
  }

  /** Whether the unit goes to the machine with the most units, rather than the one with the fewest. */
  packs(unit: Unit): boolean {
    return this.#load?.packs(unit, this.#strategy) === true;
  }

  /** Like `scores`, but empty for a unit that wishes nothing but the machine with the fewest units. */
  ownScores(unit: Unit, slot: Slot): readonly Score[] {
    const wishes = this.packs(unit) || this.#indexes.some((index) => index.scores(unit, slot, undefined).length > 0);
    return wishes ? this.scores(unit, slot) : NO_SCORES;
  }

  /**
   * How good a machine is for the unit, by all its wishes.
   * @param own the unit's place, which does not count.
   */
  scores(unit: Unit, slot: Slot, own?: Slot): readonly Score[] {
    const scores: Score[] = [];
    for (const index of this.#indexes) for (const score of index.scores(unit, slot, own)) scores.push(score);
    const units = slot.units.size - Number(own === slot);
    if (this.#load) scores.push({ wish: this.#load.name, score: this.packs(unit) ? -units : units });
    return scores;
  }
}

function indexOf(wish: Wish, strategy: Strategy, parts: Parts): WishIndex | undefined {
  switch (wish.kind) {
    case "machine":
      return new Preferred(wish, parts);
    case "neighbours":
      return new Neighbours(wish, parts);
    case "spread":
      return new Spread(wish, strategy, parts.groups);
    case "load":
      return undefined;
    default:
      return wish satisfies never;
  }
}

/**
 * Divides a set of machines by several orders: a later order decides only among machines that are equal by the earlier
 * ones. A step is taken only when the machines before have all been rejected.
 */
export function* dividedBy(orders: readonly Order[], set: BitSet, first = 0): Generator<BitSet> {
  const order = orders[first];
  if (!order) {
    yield set;
    return;
  }
  for (const part of order.among(set)) yield* dividedBy(orders, part, first + 1);
}
