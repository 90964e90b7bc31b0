import { BitSet } from "./bit-set.ts";

/**
 * Machines by how many units they have, kept in order while units come and go: finding the least
 * loaded one costs no sorting and no look at those with more.
 */
export class LoadOrder {
  readonly #capacity: number;
  readonly #loads: Uint32Array;
  /** The machines with that many units; no entry where there are none. */
  readonly #levels: ({ readonly members: BitSet; count: number } | undefined)[] = [];
  #lowest = 0;

  /** @param capacity how many machines there are; they are numbered from 0, and begin with no units. */
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
    const level = this.#levels[from];
    level?.members.delete(machine);
    if (level && --level.count === 0) this.#levels[from] = undefined;
    const to = from + by;
    this.#loads[machine] = to;
    const target = (this.#levels[to] ??= { members: new BitSet(this.#capacity), count: 0 });
    target.members.add(machine);
    target.count += 1;
    this.#lowest = Math.min(this.#lowest, to);
  }

  /** The least loaded machine of `eligible` that `accept` takes, of equals the first; undefined for none. */
  least(eligible: BitSet, accept: (machine: number) => boolean): number | undefined {
    while (this.#lowest < this.#levels.length && !this.#levels[this.#lowest]) this.#lowest += 1;
    for (let load = this.#lowest; load < this.#levels.length; load++) {
      const found = this.#levels[load]?.members.find(eligible, accept) ?? -1;
      if (found >= 0) return found;
    }
    return undefined;
  }
}
