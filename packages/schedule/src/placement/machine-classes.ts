import type { Unit } from "@flotilla/model";
import type { Effort } from "../effort.ts";
import type { RejectionGroup, Verdict } from "../rules/rule.ts";
import { BitSet } from "./bit-set.ts";
import { RejectionTally } from "./refusal.ts";
import type { RuleSet } from "./rule-set.ts";
import type { Slot } from "./slot.ts";
import type { Slots } from "./slots.ts";

/** The machines that pass the machine rules, for all units that ask for the same. */
export interface MachineClass {
  readonly eligible: BitSet;
  /** Number of eligible machines. */
  readonly size: number;
  /** Why the other machines are not eligible. */
  rejected(): readonly RejectionGroup[];
}

interface Parts {
  readonly rules: RuleSet;
  readonly slots: Slots;
  readonly effort: Effort;
}

/** The machine classes. Each is computed once, and updated machine by machine. */
export class MachineClasses {
  readonly #parts: Parts;
  readonly #classes = new Map<string, KeptClass>();
  /** Machines that have joined, left or changed, in this order. A class is updated when a unit asks for it. */
  readonly #changed: Slot[] = [];

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  of(unit: Unit): MachineClass {
    const key = this.#keyOf(unit);
    const known = this.#classes.get(key);
    if (known) return known.upTo(this.#changed);
    const made = new KeptClass(unit, this.#parts, this.#changed.length);
    this.#classes.set(key, made);
    return made;
  }

  /** Notes that the machine has joined, left or changed. */
  update(slot: Slot): void {
    if (this.#changed.length === MOST_CHANGES) this.clear();
    if (this.#classes.size > 0) this.#changed.push(slot);
  }

  /** Must be called when the machines have new numbers. */
  clear(): void {
    this.#classes.clear();
    this.#changed.length = 0;
  }

  #keyOf(unit: Unit): string {
    let key = "";
    for (const [index, rule] of this.#parts.rules.separating.entries()) {
      const asked = rule.asks(unit);
      if (asked !== undefined) key += `${index} ${asked}\n\0`;
    }
    return key;
  }
}

/** After this many changes all classes are dropped, because some of them may no longer be needed by any unit. */
const MOST_CHANGES = 10_000;

class KeptClass implements MachineClass {
  readonly eligible: BitSet;
  size = 0;
  /** Any of the units that ask for this class. */
  readonly #unit: Unit;
  readonly #parts: Parts;
  #rejected: readonly RejectionGroup[] | undefined;
  /** The effort of checking one machine. */
  readonly #effort: number;
  /** How many changes the class has taken in. */
  #taken: number;

  constructor(unit: Unit, parts: Parts, taken: number) {
    this.#unit = unit;
    this.#parts = parts;
    this.#taken = taken;
    this.#effort = parts.rules.separating.reduce((sum, rule) => sum + (rule.effort?.(unit) ?? 1), 1);
    this.eligible = new BitSet(parts.slots.ordered.length);
    for (const slot of parts.slots.ordered) this.#update(slot);
  }

  upTo(changed: readonly Slot[]): this {
    for (; this.#taken < changed.length; this.#taken++) {
      const slot = changed[this.#taken];
      if (slot) this.#update(slot);
    }
    return this;
  }

  #update(slot: Slot): void {
    this.#parts.effort.spend(this.#effort);
    this.#rejected = undefined;
    if (this.eligible.has(slot.number)) {
      this.eligible.delete(slot.number);
      this.size -= 1;
    }
    if (!slot.open || this.#verdictOn(slot)) return;
    this.eligible.add(slot.number);
    this.size += 1;
  }

  rejected(): readonly RejectionGroup[] {
    this.#rejected ??= this.#tally();
    return this.#rejected;
  }

  #tally(): readonly RejectionGroup[] {
    const tally = new RejectionTally();
    this.#parts.effort.spend((10 + this.#effort) * this.#parts.slots.size);
    for (const slot of this.#parts.slots.ordered) {
      const verdict = slot.open ? this.#verdictOn(slot) : undefined;
      if (verdict) tally.add(verdict, slot.machine);
    }
    return tally.groups();
  }

  #verdictOn({ machine }: Slot): Verdict | undefined {
    for (const rule of this.#parts.rules.separating) {
      const rejection = rule.check(this.#unit, machine);
      if (rejection) return { rule, rejection };
    }
    return undefined;
  }
}
