import type { Unit } from "@flotilla/model";
import type { Effort } from "../effort.ts";
import { BitSet } from "./bit-set.ts";
import type { RuleSet } from "./rule-set.ts";
import type { Slot } from "./slot.ts";
import type { Slots } from "./slots.ts";

interface Parts {
  readonly rules: RuleSet;
  readonly slots: Slots;
  readonly effort: Effort;
}

/**
 * The machines with enough capacity left, one set for all units that consume the same. A set is computed when a unit
 * has met several full machines, and updated from then on machine by machine.
 */
export class Rooms {
  readonly #parts: Parts;
  readonly #rooms = new Map<string, Room>();
  /** Machines whose capacity or units have changed, in this order. A set is updated when a unit asks for it. */
  readonly #changed: Slot[] = [];

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The machines whose free capacity is enough for the unit. */
  for(unit: Unit): BitSet {
    const consumed = this.#parts.rules.capacity.map((rule) => rule.consumes(unit));
    const key = consumed.join();
    const known = this.#rooms.get(key);
    if (known) return known.upTo(this.#changed);
    if (this.#rooms.size === MOST_ROOMS) this.clear();
    const made = new Room(consumed, this.#parts, this.#changed.length);
    this.#rooms.set(key, made);
    return made.machines;
  }

  /** Notes that the machine, or what its units consume, has changed. */
  update(slot: Slot): void {
    if (this.#rooms.size === 0) return;
    if (this.#changed.length === MOST_CHANGES) this.clear();
    else this.#changed.push(slot);
  }

  /** Must be called when the machines have new numbers. */
  clear(): void {
    this.#rooms.clear();
    this.#changed.length = 0;
  }
}

/** After this many changes all sets are dropped, because some of them may no longer be needed by any unit. */
const MOST_CHANGES = 100_000;

/** More sets than this would take more memory than they save time. */
const MOST_ROOMS = 1_000;

class Room {
  readonly machines: BitSet;
  /** What a unit consumes, for each capacity rule. */
  readonly #consumed: readonly number[];
  readonly #parts: Parts;
  /** How many changes the set has taken in. */
  #taken: number;

  constructor(consumed: readonly number[], parts: Parts, taken: number) {
    this.#consumed = consumed;
    this.#parts = parts;
    this.#taken = taken;
    this.machines = new BitSet(parts.slots.ordered.length);
    this.#updateAll();
  }

  upTo(changed: readonly Slot[]): BitSet {
    // The same machines change again and again.
    if (changed.length - this.#taken > this.#parts.slots.ordered.length) {
      this.#taken = changed.length;
      this.#updateAll();
    }
    for (; this.#taken < changed.length; this.#taken++) {
      const slot = changed[this.#taken];
      if (slot) this.#update(slot);
    }
    return this.machines;
  }

  #updateAll(): void {
    for (const slot of this.#parts.slots.ordered) this.#update(slot);
  }

  #update(slot: Slot): void {
    const { rules, effort } = this.#parts;
    effort.spend(1);
    const fits = rules.capacity.every((rule, index) => {
      const needed = this.#consumed[index] ?? 0;
      return needed === 0 || needed <= rule.capacity(slot.machine) - slot.consumed(rule);
    });
    if (fits) this.machines.add(slot.number);
    else this.machines.delete(slot.number);
  }
}
