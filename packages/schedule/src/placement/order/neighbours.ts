import type { Unit } from "@flotilla/model";
import type { NeighbourWish, Score } from "../../rules/wish.ts";
import type { Patterns } from "../patterns.ts";
import type { Slot } from "../slot.ts";
import type { Slots } from "../slots.ts";
import { Scores } from "./scores.ts";
import type { Order, WishIndex } from "./wish-index.ts";

interface Parts {
  readonly slots: Slots;
  readonly patterns: Patterns;
}

/** The patterns of one or more units. */
interface List {
  readonly id: number;
  readonly patterns: readonly string[];
  /** Where to count units that match the list. */
  readonly matching: Set<Scores>;
  /** Where to count units whose file has the list. */
  readonly asking: Set<Scores>;
}

/** For each machine, how many units there a unit avoids, or avoid the unit. */
export class Neighbours implements WishIndex {
  readonly #wish: NeighbourWish;
  readonly #parts: Parts;
  /** The lists that a unit has been placed with, by text. */
  readonly #lists = new Map<string, List>();
  /** The lists that match a unit's name, among the first `of` lists. */
  readonly #naming = new WeakMap<Unit, { readonly of: number; readonly lists: readonly List[] }>();
  readonly #kept = new Map<string, Scores>();

  constructor(wish: NeighbourWish, parts: Parts) {
    this.#wish = wish;
    this.#parts = parts;
  }

  change(unit: Unit, { number }: Slot, by: 1 | -1): void {
    const patterns = this.#wish.avoids(unit);
    if (patterns.length === 0 && this.#lists.size === 0) return;
    const own = this.#listOf(patterns);
    if (this.#kept.size === 0) return;
    // A unit counts once, also where each of the two avoids the other.
    const counting = new Set(own?.asking);
    for (const { matching } of this.#listsNaming(unit)) for (const scores of matching) counting.add(scores);
    for (const scores of counting) scores.change(number, by);
  }

  renumber(): void {
    this.#kept.clear();
    for (const { matching, asking } of this.#lists.values()) {
      matching.clear();
      asking.clear();
    }
  }

  orders(unit: Unit): readonly Order[] {
    const patterns = this.#wish.avoids(unit);
    if (patterns.length === 0 && this.#lists.size === 0) return [];
    const own = this.#listOf(patterns);
    const naming = this.#listsNaming(unit);
    if (!own && naming.length === 0) return [];
    const key = [own?.id ?? "", ...naming.map(({ id }) => id)].join();
    return [this.#kept.get(key) ?? this.#count(key, unit, own, naming)];
  }

  scores(unit: Unit, slot: Slot): readonly Score[] {
    const score = this.#countIn(unit, slot);
    if (score === 0 && this.#wish.avoids(unit).length === 0) return [];
    return [{ wish: this.#wish.name, score }];
  }

  /** How many units in the slot the unit avoids, or avoid the unit. */
  #countIn(unit: Unit, { units }: Slot): number {
    const { patterns } = this.#parts;
    const avoided = this.#wish.avoids(unit);
    if (avoided.length === 0 && this.#lists.size === 0) return 0;
    let count = 0;
    for (const other of units) {
      if (other === unit) continue;
      const isAvoided = patterns.anyMatches(avoided, other.name);
      if (isAvoided || patterns.anyMatches(this.#wish.avoids(other), unit.name)) count += 1;
    }
    return count;
  }

  #count(key: string, unit: Unit, own: List | undefined, naming: readonly List[]): Scores {
    if (this.#kept.size === MOST_NEIGHBOURHOODS) this.renumber();
    const scores = new Scores(this.#parts.slots.ordered.length);
    for (const slot of this.#parts.slots.ordered) scores.set(slot.number, this.#countIn(unit, slot));
    this.#kept.set(key, scores);
    own?.matching.add(scores);
    for (const { asking } of naming) asking.add(scores);
    return scores;
  }

  #listOf(patterns: readonly string[]): List | undefined {
    if (patterns.length === 0) return undefined;
    const key = patterns.join(" ");
    const known = this.#lists.get(key);
    if (known) return known;
    const made: List = { id: this.#lists.size, patterns, matching: new Set(), asking: new Set() };
    this.#lists.set(key, made);
    return made;
  }

  #listsNaming(unit: Unit): readonly List[] {
    const known = this.#naming.get(unit);
    if (known?.of === this.#lists.size) return known.lists;
    const more = [...this.#lists.values()].slice(known?.of ?? 0);
    const found = more.filter(({ patterns }) => this.#parts.patterns.anyMatches(patterns, unit.name));
    const lists = [...(known?.lists ?? []), ...found];
    this.#naming.set(unit, { of: this.#lists.size, lists });
    return lists;
  }
}

/** More different neighbourhoods than this are counted again when units ask for them. */
const MOST_NEIGHBOURHOODS = 1_000;
