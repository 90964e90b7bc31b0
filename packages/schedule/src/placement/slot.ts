import type { Machine, Unit } from "@flotilla/model";
import type { CapacityRule, Verdict } from "../rules/rule.ts";

/** A machine's part in the placement: the units that are planned to be on the machine. */
export class Slot {
  machine: Machine;
  /** Position in the order of the machines' IDs. */
  number = 0;
  /** False while the machine is away: then no unit is in the slot. */
  open = true;
  units = new Set<Unit>();
  /** The units of `units` that an apart rule makes depend on co-located units. */
  asking = new Set<Unit>();
  /** The units of `units` that a crowd rule limits. */
  limited = new Set<Unit>();
  /** Why units that have an assignment to the machine may not stay there. */
  readonly evicted = new Map<string, Verdict>();
  readonly #consumed = new Map<CapacityRule, number>();

  constructor(machine: Machine) {
    this.machine = machine;
  }

  /** How much the units consume together, in the rule's measure. */
  consumed(rule: CapacityRule): number {
    return rule.countsUnits ? this.units.size : (this.#consumed.get(rule) ?? 0);
  }

  /** @param by negative for a unit that leaves. */
  consume(rule: CapacityRule, by: number): void {
    if (by !== 0) this.#consumed.set(rule, this.consumed(rule) + by);
  }

  /** Removes all units, and returns them. */
  clear(): ReadonlySet<Unit> {
    const { units } = this;
    this.units = new Set();
    if (this.asking.size > 0) this.asking = new Set();
    if (this.limited.size > 0) this.limited = new Set();
    if (this.#consumed.size > 0) this.#consumed.clear();
    this.evicted.clear();
    return units;
  }
}
