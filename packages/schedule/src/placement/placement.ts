import type { ClusterSnapshot, MachineID, Unit } from "@flotilla/model";
import type { Strategy } from "@flotilla/unit";
import { Effort } from "../effort.ts";
import { include } from "../multimap.ts";
import { WISHES } from "../rules/wishes.ts";
import type { View } from "../rules/view.ts";
import type { BitSet } from "./bit-set.ts";
import { Links } from "./links/links.ts";
import { LoadOrder } from "./load-order.ts";
import { MachineClasses } from "./machine-classes.ts";
import { Groups } from "./order/groups.ts";
import { dividedBy, Orders } from "./order/orders.ts";
import { Patterns } from "./patterns.ts";
import { Rooms } from "./rooms.ts";
import type { RuleSet } from "./rule-set.ts";
import type { Slot } from "./slot.ts";
import { type SlotChanges, Slots } from "./slots.ts";

/**
 * The planned place of each unit, as far as it has been decided. Rules read the placement, so that units placed one
 * after the other see each other. Machines that are away are not part of it.
 */
export class Placement implements View {
  readonly rules: RuleSet;
  snapshot: ClusterSnapshot;
  readonly slots = new Slots();
  readonly effort = new Effort();
  readonly classes: MachineClasses;
  readonly rooms: Rooms;
  readonly patterns = new Patterns(this.effort);
  readonly groups = new Groups(this.slots);
  readonly orders: Orders;
  /** The units that need a place. */
  readonly wanted = new Map<string, Unit>();
  readonly links: Links;
  /** All other units. */
  readonly unwanted = new Map<string, Unit>();
  /** The units of `wanted` that need a place on every machine. */
  readonly global = new Map<string, Unit>();
  #load = new LoadOrder(0);
  readonly #single = new Map<string, Slot>();
  readonly #spread = new Map<string, Set<Slot>>();

  /** @param strategy the cluster's, for units without their own. */
  constructor(rules: RuleSet, snapshot: ClusterSnapshot, strategy: Strategy = "spread") {
    this.rules = rules;
    this.orders = new Orders(WISHES, strategy, this);
    this.snapshot = snapshot;
    this.classes = new MachineClasses(this);
    this.rooms = new Rooms(this);
    this.links = new Links(rules, this.patterns, this.wanted, this.effort);
  }

  /** Takes in machines that may have joined, left or changed. The caller clears the slots that opened or closed. */
  updateSlots(ids: Iterable<MachineID>): SlotChanges {
    const changes = this.slots.update(ids, this.snapshot.machines);
    if (changes.renumbered) this.#renumber();
    for (const slot of [...changes.opened, ...changes.changed, ...changes.closed]) {
      this.classes.update(slot);
      this.rooms.update(slot);
      this.groups.update(slot);
      this.orders.update(slot);
    }
    return changes;
  }

  /**
   * Takes in a unit.
   * @param unit undefined for a unit that has been destroyed.
   * @param known the unit's previous version.
   */
  know(name: string, unit: Unit | undefined, known: Unit | undefined): void {
    if (known) for (const map of [this.wanted, this.unwanted, this.global]) map.delete(name);
    if (unit?.desired === "inactive") this.unwanted.set(name, unit);
    else if (unit) this.wanted.set(name, unit);
    if (unit && unit.desired !== "inactive" && unit.requirements.global) this.global.set(name, unit);
  }

  /** Undefined for a machine that is away. */
  slotOf(id: MachineID): Slot | undefined {
    return this.slots.of(id);
  }

  put(unit: Unit, slot: Slot): void {
    if (unit.requirements.global) include(this.#spread, unit.name, slot);
    else this.#single.set(unit.name, slot);
    slot.units.add(unit);
    if (this.rules.asksApart(unit)) slot.asking.add(unit);
    if (this.rules.isLimited(unit)) slot.limited.add(unit);
    for (const rule of this.rules.measured) slot.consume(rule, rule.consumes(unit));
    this.#note(unit, slot, 1);
    this.rooms.update(slot);
    this.#load.change(slot.number, 1);
  }

  /** Removes a unit from its place in the slot. */
  remove(unit: Unit, slot: Slot): void {
    if (!slot.units.delete(unit)) return;
    this.#forget(unit.name, slot);
    slot.asking.delete(unit);
    slot.limited.delete(unit);
    for (const rule of this.rules.measured) slot.consume(rule, -rule.consumes(unit));
    this.#note(unit, slot, -1);
    this.rooms.update(slot);
    this.#load.change(slot.number, -1);
  }

  /** Removes all units from a slot, and returns them. */
  clear(slot: Slot): ReadonlySet<Unit> {
    const units = slot.clear();
    for (const unit of units) {
      this.#forget(unit.name, slot);
      this.#note(unit, slot, -1);
    }
    this.rooms.update(slot);
    this.#load.remove(slot.number);
    if (slot.open) this.#load.add(slot.number, 0);
    return units;
  }

  has(name: string, slot: Slot): boolean {
    return this.#single.get(name) === slot || this.#spread.get(name)?.has(slot) === true;
  }

  isPlaced(name: string): boolean {
    return this.#single.has(name) || this.#spread.has(name);
  }

  placesOf(name: string): readonly Slot[] {
    const slot = this.#single.get(name);
    return slot ? [slot] : [...(this.#spread.get(name) ?? [])].sort((a, b) => a.number - b.number);
  }

  /**
   * Iterates over machines in the order that the unit wishes. Among equals, the one with the lowest ID comes first.
   * @param eligible the machines to iterate over.
   */
  bestFirst(unit: Unit, eligible: BitSet): () => Slot | undefined {
    const orders = this.orders.of(unit);
    const packs = this.orders.packs(unit);
    if (orders.length === 0) return this.#byLoad(eligible, packs);
    const parts = dividedBy(orders, eligible);
    let next: (() => Slot | undefined) | undefined;
    return () => {
      for (;;) {
        const slot = next?.();
        if (slot) return slot;
        this.effort.spend(DIVIDE);
        const part = parts.next();
        if (part.done === true) return undefined;
        next = this.#byLoad(part.value, packs);
      }
    };
  }

  #byLoad(eligible: BitSet, packs: boolean): () => Slot | undefined {
    const candidates = this.#load.among(eligible, packs);
    return () => {
      const number = candidates.next();
      return number === undefined ? undefined : this.slots.ordered[number];
    };
  }

  #note(unit: Unit, slot: Slot, by: 1 | -1): void {
    this.groups.change(unit, slot, by);
    this.orders.change(unit, slot, by);
  }

  #forget(name: string, slot: Slot): void {
    if (this.#single.get(name) === slot) this.#single.delete(name);
    const spread = this.#spread.get(name);
    if (spread?.delete(slot) && spread.size === 0) this.#spread.delete(name);
  }

  #renumber(): void {
    this.classes.clear();
    this.rooms.clear();
    this.groups.renumber();
    this.orders.renumber();
    this.#load = new LoadOrder(this.slots.ordered.length);
    for (const slot of this.slots.ordered) {
      this.#load.remove(slot.number);
      if (slot.open) this.#load.add(slot.number, slot.units.size);
    }
  }
}

/** The effort of dividing a set of machines by the wishes of a unit. */
const DIVIDE = 20;
