import type { Unit } from "@flotilla/model";
import type { Effort } from "../../effort.ts";
import type { MachineWish, Score } from "../../rules/wish.ts";
import type { Slot } from "../slot.ts";
import type { Slots } from "../slots.ts";
import { Scores } from "./scores.ts";
import { NO_ORDERS, NO_SCORES, type Order, type WishIndex } from "./wish-index.ts";

interface Parts {
  readonly slots: Slots;
  readonly effort: Effort;
}

interface Kept {
  readonly scores: Scores;
  /** Any of the units that wish the same. */
  readonly unit: Unit;
}

/** How good each machine is by a machine wish, once for all units that wish the same. */
export class Preferred implements WishIndex {
  readonly #wish: MachineWish;
  readonly #parts: Parts;
  readonly #kept = new Map<string, Kept>();

  constructor(wish: MachineWish, parts: Parts) {
    this.#wish = wish;
    this.#parts = parts;
  }

  update(slot: Slot): void {
    for (const kept of this.#kept.values()) this.#score(slot, kept);
  }

  renumber(): void {
    this.#kept.clear();
  }

  orders(unit: Unit): readonly Order[] {
    const asked = this.#wish.asks(unit);
    if (asked === undefined) return NO_ORDERS;
    const known = this.#kept.get(asked);
    if (known) return [known.scores];
    if (this.#kept.size === MOST_PREFERENCES) this.#kept.clear();
    const made = { scores: new Scores(this.#parts.slots.ordered.length), unit };
    this.#kept.set(asked, made);
    for (const slot of this.#parts.slots.ordered) this.#score(slot, made);
    return [made.scores];
  }

  scores(unit: Unit, { machine }: Slot): readonly Score[] {
    if (this.#wish.asks(unit) === undefined) return NO_SCORES;
    return [{ wish: this.#wish.name, score: this.#wish.score(unit, machine) }];
  }

  #score({ number, machine }: Slot, { scores, unit }: Kept): void {
    this.#parts.effort.spend(2);
    scores.set(number, this.#wish.score(unit, machine));
  }
}

/** More different preferences than this are computed again when units ask for them. */
const MOST_PREFERENCES = 1_000;
