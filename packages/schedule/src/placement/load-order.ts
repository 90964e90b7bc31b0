import { BitSet } from "./bit-set.ts";

interface Level {
  readonly members: BitSet;
  count: number;
}

/** Iterates over machines by load. Placing a unit takes one iteration, usually of one step. */
export class Candidates {
  readonly #levels: readonly Level[];
  readonly #eligible: BitSet;
  readonly #step: 1 | -1;
  #load: number;
  #word = -1;
  /** The remaining members of the word, one bit each. */
  #rest = 0;

  /**
   * @param first the load to begin with.
   * @param step to the next load: 1 upwards, -1 downwards.
   */
  constructor(levels: readonly Level[], first: number, step: 1 | -1, eligible: BitSet) {
    this.#levels = levels;
    this.#load = first;
    this.#step = step;
    this.#eligible = eligible;
  }

  /** Undefined after the last machine. */
  next(): number | undefined {
    while (this.#rest === 0) {
      const level = this.#levels[this.#load];
      if (!level) return undefined;
      this.#word += 1;
      if (level.count === 0 || this.#word >= level.members.words.length) {
        this.#load += this.#step;
        this.#word = -1;
      } else this.#rest = (level.members.words[this.#word] ?? 0) & (this.#eligible.words[this.#word] ?? 0);
    }
    const bit = this.#rest & -this.#rest;
    this.#rest ^= bit;
    return this.#word * 32 + 31 - Math.clz32(bit);
  }
}

/**
 * Machines by their number of units, kept in order while units come and go. Finds the least loaded machine without
 * sorting, and without examining machines with more units.
 */
export class LoadOrder {
  readonly #capacity: number;
  readonly #loads: Uint32Array;
  /** Machines by number of units. */
  readonly #levels: Level[] = [];
  #lowest = 0;

  /** @param capacity the number of machines. Machines are numbered from 0, and have no units at first. */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#loads = new Uint32Array(capacity);
    if (capacity > 0) this.#levels[0] = { members: BitSet.full(capacity), count: capacity };
  }

  load(machine: number): number {
    return this.#loads[machine] ?? 0;
  }

  change(machine: number, by: 1 | -1): void {
    const from = this.load(machine);
    this.remove(machine);
    this.add(machine, from + by);
  }

  /** Adds a machine that has `load` units. */
  add(machine: number, load: number): void {
    this.#loads[machine] = load;
    const level = this.#level(load);
    level.members.add(machine);
    level.count += 1;
    this.#lowest = Math.min(this.#lowest, load);
  }

  /** Removes a machine that is away. */
  remove(machine: number): void {
    const level = this.#levels[this.load(machine)];
    if (!level?.members.has(machine)) return;
    level.members.delete(machine);
    level.count -= 1;
  }

  /**
   * The machines of `eligible`, the least loaded first, and the lowest number first among equals.
   * @param mostFirst true for the most loaded first.
   */
  among(eligible: BitSet, mostFirst = false): Candidates {
    if (mostFirst) return new Candidates(this.#levels, this.#levels.length - 1, -1, eligible);
    while (this.#lowest < this.#levels.length && !this.#levels[this.#lowest]?.count) this.#lowest += 1;
    return new Candidates(this.#levels, this.#lowest, 1, eligible);
  }

  #level(load: number): Level {
    for (let next = this.#levels.length; next <= load; next++)
      this.#levels[next] = { members: new BitSet(this.#capacity), count: 0 };
    return this.#levels[load] ?? { members: new BitSet(this.#capacity), count: 0 };
  }
}
