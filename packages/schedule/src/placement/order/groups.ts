import type { Unit } from "@flotilla/model";
import { groupOf } from "../../rules/group-of.ts";
import { MACHINE_KEY } from "../../rules/wish.ts";
import { BitSet } from "../bit-set.ts";
import type { Slot } from "../slot.ts";
import type { Slots } from "../slots.ts";
import { MachineValues } from "./machine-values.ts";
import { Scores } from "./scores.ts";
import { ValueScores } from "./value-scores.ts";
import type { Order } from "./wish-index.ts";

interface Group {
  readonly units: Map<Slot, number>;
  /** Counted when a unit asks, and kept from then on. */
  byMachine: Scores | undefined;
  /** The same by metadata key. */
  readonly byKey: Map<string, ValueScores>;
}

/** How many units of each group are where. */
export class Groups {
  readonly #slots: Slots;
  readonly #groups = new Map<string, Group>();
  readonly #values = new Map<string, MachineValues>();

  constructor(slots: Slots) {
    this.#slots = slots;
  }

  /** Takes in that a unit came (1) or left (-1). */
  change(unit: Unit, slot: Slot, by: 1 | -1): void {
    const name = groupOf(unit);
    if (name === undefined) return;
    const group = this.#groups.get(name) ?? newGroup();
    if (group.units.size === 0) this.#groups.set(name, group);
    const count = (group.units.get(slot) ?? 0) + by;
    if (count > 0) group.units.set(slot, count);
    else if (group.units.delete(slot) && group.units.size === 0) this.#groups.delete(name);
    group.byMachine?.change(slot.number, by);
    for (const scores of group.byKey.values()) scores.change(slot.number, by);
  }

  /** How many units of the unit's group are in the slot, without the unit itself. */
  countIn(unit: Unit, slot: Slot): number {
    const group = this.#groupOf(unit);
    return (group?.units.get(slot) ?? 0) - Number(slot.units.has(unit));
  }

  /**
   * The slot's value of the key, and how many units of the unit's group are on machines with this value, without the unit
   * itself.
   */
  countBy(
    key: string,
    unit: Unit,
    slot: Slot,
    own: Slot | undefined,
  ): { readonly value?: string; readonly count: number } {
    const values = this.#valuesOf(key);
    const value = values.of(slot.number);
    if (value === undefined) return { count: 0 };
    const group = this.#groupOf(unit);
    const count = group ? this.#scoresBy(key, group).of(value) : 0;
    return { value, count: count - Number(own !== undefined && values.of(own.number) === value) };
  }

  /** The members of the set with fewer units of the unit's group than `most`. */
  below(most: number, unit: Unit, set: BitSet): BitSet {
    const group = this.#groupOf(unit);
    if (!group) return set;
    const left = BitSet.copy(set);
    for (const [{ number }, count] of group.units) if (count >= most) left.delete(number);
    return left;
  }

  /** The order by a key; undefined if all machines are equal. */
  order(unit: Unit, key: string): Order | undefined {
    const group = this.#groupOf(unit);
    if (key !== MACHINE_KEY) return this.#scoresBy(key, group ?? newGroup());
    if (group) group.byMachine ??= scoresOf(group, this.#slots);
    return group?.byMachine;
  }

  /** Takes in a machine that has joined or changed. */
  update(slot: Slot): void {
    for (const values of this.#values.values()) values.update(slot);
  }

  /** Must be called when the machines have new numbers. */
  renumber(): void {
    this.#values.clear();
    for (const group of this.#groups.values()) {
      group.byMachine = undefined;
      group.byKey.clear();
    }
  }

  #groupOf(unit: Unit): Group | undefined {
    const name = groupOf(unit);
    return name === undefined ? undefined : this.#groups.get(name);
  }

  #scoresBy(key: string, group: Group): ValueScores {
    const known = group.byKey.get(key);
    if (known && !known.isOutdated) return known;
    const made = new ValueScores(this.#valuesOf(key), group.units, this.#slots.ordered.length);
    group.byKey.set(key, made);
    return made;
  }

  #valuesOf(key: string): MachineValues {
    const known = this.#values.get(key);
    if (known) return known;
    const made = new MachineValues(key, this.#slots);
    this.#values.set(key, made);
    return made;
  }
}

function newGroup(): Group {
  return { units: new Map(), byMachine: undefined, byKey: new Map() };
}

function scoresOf({ units }: Group, slots: Slots): Scores {
  const scores = new Scores(slots.ordered.length);
  for (const [{ number }, count] of units) scores.set(number, count);
  return scores;
}
