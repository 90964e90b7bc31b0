import { BitSet } from "./bit-set.ts";

/**
 * Machines by how many units they have, kept in order while units come and go: finding the least
 * loaded one costs no sorting and no look at those with more.
 */
export class LoadOrder {
  readonly #capacity: number;
  readonly #loads: Uint32Array;
  /** The machines with that many units. */
  readonly #levels: { readonly members: BitSet; count: number }[] = [];
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
    this.remove(machine);
    this.add(machine, from + by);
  }

  /** The machine counts again, with so many units. */
  add(machine: number, load: number): void {
    this.#loads[machine] = load;
    const level = this.#level(load);
    level.members.add(machine);
    level.count += 1;
    this.#lowest = Math.min(this.#lowest, load);
  }

  /** The machine is away: it is found no more. */
  remove(machine: number): void {
    const level = this.#levels[this.load(machine)];
    if (!level?.members.has(machine)) return;
    level.members.delete(machine);
    level.count -= 1;
  }

  /** The least loaded machine of `eligible` that `accept` takes, of equals the first; undefined for none. */
  least(eligible: BitSet, accept: (machine: number) => boolean): number | undefined {
    while (this.#lowest < this.#levels.length && !this.#levels[this.#lowest]?.count) this.#lowest += 1;
    for (let load = this.#lowest; load < this.#levels.length; load++) {
      const level = this.#levels[load];
      const found = level && level.count > 0 ? level.members.find(eligible, accept) : -1;
      if (found >= 0) return found;
    }
    return undefined;
  }

  #level(load: number): { readonly members: BitSet; count: number } {
    for (let next = this.#levels.length; next <= load; next++)
      this.#levels[next] = { members: new BitSet(this.#capacity), count: 0 };
    return this.#levels[load] ?? { members: new BitSet(this.#capacity), count: 0 };
  }
}
