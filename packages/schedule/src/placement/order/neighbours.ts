import type { Unit } from "@flotilla/model";
import type { NeighbourWish, Score } from "../../rules/wish.ts";
import type { Patterns } from "../patterns.ts";
import type { Slot } from "../slot.ts";
import type { Slots } from "../slots.ts";
import { type AvoidList, AvoidLists } from "./avoid-lists.ts";
import { Scores } from "./scores.ts";
import { NO_ORDERS, NO_SCORES, type Order, type WishIndex } from "./wish-index.ts";

interface Parts {
  readonly slots: Slots;
  readonly patterns: Patterns;
  placesOf(unit: string): readonly Slot[];
}

/** For each machine, how many units there a unit avoids, or avoid the unit. */
export class Neighbours implements WishIndex {
  readonly #wish: NeighbourWish;
  readonly #parts: Parts;
  readonly #lists: AvoidLists;
  /** By the unit's own list and those that match its name. */
  readonly #kept = new Map<string, Scores>();

  constructor(wish: NeighbourWish, parts: Parts) {
    this.#wish = wish;
    this.#parts = parts;
    this.#lists = new AvoidLists(parts.patterns);
  }

  change(unit: Unit, { number }: Slot, by: 1 | -1): void {
    const patterns = this.#wish.avoids(unit);
    if (patterns.length === 0 && this.#lists.isEmpty) return;
    const own = this.#lists.of(patterns);
    if (own) {
      const places = (own.askers.get(unit) ?? 0) + by;
      if (places === 0) own.askers.delete(unit);
      else own.askers.set(unit, places);
    }
    if (this.#kept.size === 0) return;
    // A unit counts once, also where each of the two avoids the other.
    const counting = new Set(own?.asking);
    for (const { matching } of this.#lists.naming(unit)) for (const scores of matching) counting.add(scores);
    for (const scores of counting) scores.change(number, by);
  }

  renumber(): void {
    this.#kept.clear();
    for (const { matching, asking } of this.#lists.all()) {
      matching.clear();
      asking.clear();
    }
  }

  orders(unit: Unit): readonly Order[] {
    const patterns = this.#wish.avoids(unit);
    if (patterns.length === 0 && this.#lists.isEmpty) return NO_ORDERS;
    const own = this.#lists.of(patterns);
    const naming = this.#lists.naming(unit);
    if (!own && naming.length === 0) return NO_ORDERS;
    const key = [own?.id ?? "", ...naming.map(({ id }) => id)].join();
    return [this.#kept.get(key) ?? this.#count(key, own, naming)];
  }

  scores(unit: Unit, slot: Slot): readonly Score[] {
    const score = this.#countIn(unit, slot);
    if (score === 0 && this.#wish.avoids(unit).length === 0) return NO_SCORES;
    return [{ wish: this.#wish.name, score }];
  }

  /** How many units in the slot the unit avoids, or avoid the unit. */
  #countIn(unit: Unit, { units }: Slot): number {
    const { patterns } = this.#parts;
    const avoided = this.#wish.avoids(unit);
    if (avoided.length === 0 && this.#lists.naming(unit).length === 0) return 0;
    let count = 0;
    for (const other of units) {
      if (other === unit) continue;
      const isAvoided = patterns.anyMatches(avoided, other.name);
      if (isAvoided || patterns.anyMatches(this.#wish.avoids(other), unit.name)) count += 1;
    }
    return count;
  }

  #count(key: string, own: AvoidList | undefined, naming: readonly AvoidList[]): Scores {
    if (this.#kept.size === MOST_NEIGHBOURHOODS) this.renumber();
    const scores = new Scores(this.#parts.slots.ordered.length);
    const names = new Set(own?.isLiteral === true ? own.patterns : own && this.#matching(own));
    for (const { askers } of naming) for (const { name } of askers.keys()) names.add(name);
    for (const name of names) for (const { number } of this.#parts.placesOf(name)) scores.change(number, 1);
    this.#kept.set(key, scores);
    own?.matching.add(scores);
    for (const { asking } of naming) asking.add(scores);
    return scores;
  }

  /** The names of all placed units that match the list. */
  *#matching({ patterns }: AvoidList): Generator<string> {
    for (const { units } of this.#parts.slots.ordered)
      for (const { name } of units) if (this.#parts.patterns.anyMatches(patterns, name)) yield name;
  }
}

/** More different neighbourhoods than this are counted again when units ask for them. */
const MOST_NEIGHBOURHOODS = 1_000;
