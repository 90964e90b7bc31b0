import { BitSet } from "../bit-set.ts";
import type { Slot } from "../slot.ts";
import type { MachineValues } from "./machine-values.ts";

/** How many units of a group are on the machines with each value of a metadata key. */
export class ValueScores {
  readonly #values: MachineValues;
  readonly #capacity: number;
  readonly #counts = new Map<string, number>();
  /** The values by their count, and all machines with one of these values. */
  readonly #levels = new Map<number, { readonly values: Set<string>; readonly machines: BitSet }>();
  readonly #version: number;

  /**
   * @param units the group's units on each machine.
   * @param capacity the number of machines.
   */
  constructor(values: MachineValues, units: ReadonlyMap<Slot, number>, capacity: number) {
    this.#values = values;
    this.#capacity = capacity;
    this.#version = values.version;
    for (const [{ number }, count] of units) {
      const value = values.of(number);
      if (value !== undefined) this.#counts.set(value, (this.#counts.get(value) ?? 0) + count);
    }
    for (const value of values.values()) this.#add(value, this.of(value));
  }

  /** Whether a machine has another value by now, so that all must be counted again. */
  get isOutdated(): boolean {
    return this.#version !== this.#values.version;
  }

  of(value: string): number {
    return this.#counts.get(value) ?? 0;
  }

  /** Takes in that a unit of the group came to the machine (1) or left (-1). */
  change(machine: number, by: 1 | -1): void {
    const value = this.#values.of(machine);
    if (this.isOutdated || value === undefined) return;
    const before = this.of(value);
    this.#counts.set(value, before + by);
    this.#remove(value, before);
    this.#add(value, before + by);
  }

  /** The members of `set` in groups of equal counts, the lowest first. Machines without the key come last. */
  *among(set: BitSet): Generator<BitSet> {
    for (const count of [...this.#levels.keys()].sort((a, b) => a - b)) {
      const machines = this.#levels.get(count)?.machines;
      if (!machines) continue;
      const found = BitSet.intersection(set, machines);
      if (!found.isEmpty()) yield found;
    }
    const left = BitSet.copy(set);
    for (const { machines } of this.#levels.values()) left.removeAll(machines);
    if (!left.isEmpty()) yield left;
  }

  #add(value: string, count: number): void {
    const machines = this.#values.with(value);
    if (!machines) return;
    const level = this.#levels.get(count) ?? { values: new Set<string>(), machines: new BitSet(this.#capacity) };
    this.#levels.set(count, level);
    level.values.add(value);
    level.machines.addAll(machines);
  }

  #remove(value: string, count: number): void {
    const level = this.#levels.get(count);
    const machines = this.#values.with(value);
    if (!level?.values.delete(value) || !machines) return;
    if (level.values.size === 0) this.#levels.delete(count);
    else level.machines.removeAll(machines);
  }
}
