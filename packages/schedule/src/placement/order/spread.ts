import type { Unit } from "@flotilla/model";
import type { Strategy } from "@flotilla/unit";
import { MACHINE_KEY, type Score, type SpreadWish } from "../../rules/wish.ts";
import type { Slot } from "../slot.ts";
import type { Groups } from "./groups.ts";
import { NO_ORDERS, NO_SCORES, type Order, type WishIndex } from "./wish-index.ts";

/** The order of machines by how many units of a group are there. The placement keeps the counts. */
export class Spread implements WishIndex {
  readonly #wish: SpreadWish;
  readonly #groups: Groups;
  readonly #strategy: Strategy;

  constructor(wish: SpreadWish, strategy: Strategy, groups: Groups) {
    this.#wish = wish;
    this.#strategy = strategy;
    this.#groups = groups;
  }

  orders(unit: Unit): readonly Order[] {
    const keys = this.#wish.keys(unit, this.#strategy);
    return keys.length === 0 ? NO_ORDERS : keys.flatMap((key) => this.#groups.order(unit, key) ?? []);
  }

  scores(unit: Unit, slot: Slot, own: Slot | undefined): readonly Score[] {
    const wish = this.#wish.name;
    const keys = this.#wish.keys(unit, this.#strategy);
    if (keys.length === 0) return NO_SCORES;
    return keys.map((key) => {
      if (key === MACHINE_KEY) return { wish, key, score: this.#groups.countIn(unit, slot) };
      const { value, count } = this.#groups.countBy(key, unit, slot, own);
      // Machines without the key come last.
      return value === undefined ? { wish, key, score: Number.POSITIVE_INFINITY } : { wish, key, value, score: count };
    });
  }
}
