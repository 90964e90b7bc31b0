import { BitSet } from "../bit-set.ts";

/** With at most this many scores other than 0, sets are made when they are asked for. */
const FEW = 64;

/** A score for each machine, 0 by default, and the sets of machines with equal scores. */
export class Scores {
  readonly #capacity: number;
  /** By machine, without the zeros. */
  readonly #scores = new Map<number, number>();
  /** The machines with other scores than 0, by score. Kept once there are many. */
  #levels: Map<number, BitSet> | undefined;
  /** How many machines each level has. */
  readonly #sizes = new Map<number, number>();

  /** @param capacity the number of machines. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  of(machine: number): number {
    return this.#scores.get(machine) ?? 0;
  }

  change(machine: number, by: number): void {
    this.set(machine, this.of(machine) + by);
  }

  set(machine: number, score: number): void {
    const before = this.of(machine);
    if (before === score) return;
    if (score === 0) this.#scores.delete(machine);
    else this.#scores.set(machine, score);
    this.#count(before, -1);
    this.#count(score, 1);
    if (!this.#levels) {
      if (this.#scores.size > FEW) this.#levels = this.#makeLevels();
      return;
    }
    this.#levels.get(before)?.delete(machine);
    if (score !== 0) this.#levelIn(this.#levels, score).add(machine);
    if (!this.#sizes.has(before)) this.#levels.delete(before);
  }

  /** The members of `set` in groups of equal scores, the lowest score first. */
  *among(set: BitSet): Generator<BitSet> {
    if (this.#scores.size === 0) {
      yield set;
      return;
    }
    for (const score of [...this.#sizes.keys(), 0].sort((a, b) => a - b)) {
      const found = score === 0 ? this.#zerosIn(set) : this.#level(score, set);
      if (!found.isEmpty()) yield found;
    }
  }

  /** Nearly all machines of a small group have the score 0, and only these are asked for: no other set is made. */
  #zerosIn(set: BitSet): BitSet {
    const left = BitSet.copy(set);
    if (this.#levels) for (const level of this.#levels.values()) left.removeAll(level);
    else for (const machine of this.#scores.keys()) left.delete(machine);
    return left;
  }

  #level(score: number, set: BitSet): BitSet {
    const level = this.#levels?.get(score);
    if (level) return BitSet.intersection(set, level);
    const found = new BitSet(this.#capacity);
    for (const [machine, own] of this.#scores) if (own === score && set.has(machine)) found.add(machine);
    return found;
  }

  #count(score: number, by: number): void {
    if (score === 0) return;
    const size = (this.#sizes.get(score) ?? 0) + by;
    if (size === 0) this.#sizes.delete(score);
    else this.#sizes.set(score, size);
  }

  #makeLevels(): Map<number, BitSet> {
    const levels = new Map<number, BitSet>();
    for (const [machine, score] of this.#scores) this.#levelIn(levels, score).add(machine);
    return levels;
  }

  #levelIn(levels: Map<number, BitSet>, score: number): BitSet {
    const known = levels.get(score);
    if (known) return known;
    const made = new BitSet(this.#capacity);
    levels.set(score, made);
    return made;
  }
}
