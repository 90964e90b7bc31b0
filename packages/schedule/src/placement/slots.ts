import type { Machine, MachineID } from "@flotilla/model";
import { Slot } from "./slot.ts";

/** The changes since the last update. */
export interface SlotChanges {
  readonly opened: readonly Slot[];
  readonly closed: readonly Slot[];
  /** Slots whose machine has a new record. */
  readonly changed: readonly Slot[];
  /** Slots have new numbers, because a new machine joined. */
  readonly renumbered: boolean;
}

/** A slot for each machine, numbered in the order of the machines' IDs. */
export class Slots {
  readonly #byID = new Map<MachineID, Slot>();
  #ordered: readonly Slot[] = [];
  #open = 0;

  /** By number. A machine that is away keeps its slot, closed, until numbers change. */
  get ordered(): readonly Slot[] {
    return this.#ordered;
  }

  /** The number of open slots. */
  get size(): number {
    return this.#open;
  }

  /** Undefined for a machine that is away. */
  of(id: MachineID): Slot | undefined {
    const slot = this.#byID.get(id);
    return slot?.open ? slot : undefined;
  }

  /** @param ids machines that may have joined, left or changed. */
  update(ids: Iterable<MachineID>, machines: ReadonlyMap<MachineID, Machine>): SlotChanges {
    const opened: Slot[] = [];
    const closed: Slot[] = [];
    const changed: Slot[] = [];
    let renumbered = false;
    for (const id of ids) {
      const machine = machines.get(id);
      const known = this.#byID.get(id);
      if (!machine) {
        if (known?.open) closed.push(close(known));
      } else if (!known) {
        opened.push(this.#add(machine));
        renumbered = true;
      } else if (!known.open) opened.push(reopen(known, machine));
      else if (known.machine !== machine) {
        known.machine = machine;
        changed.push(known);
      }
    }
    this.#open += opened.length - closed.length;
    if (renumbered) this.#renumber(new Set(closed));
    return { opened, closed, changed, renumbered };
  }

  #add(machine: Machine): Slot {
    const slot = new Slot(machine);
    this.#byID.set(machine.id, slot);
    return slot;
  }

  /** Drops slots that an earlier update closed, so that they do not accumulate where machines come and go. */
  #renumber(closed: ReadonlySet<Slot>): void {
    for (const [id, slot] of this.#byID) if (!slot.open && !closed.has(slot)) this.#byID.delete(id);
    this.#ordered = [...this.#byID.values()].sort((a, b) => (a.machine.id < b.machine.id ? -1 : 1));
    for (const [number, slot] of this.#ordered.entries()) slot.number = number;
  }
}

function close(slot: Slot): Slot {
  slot.open = false;
  return slot;
}

function reopen(slot: Slot, machine: Machine): Slot {
  slot.machine = machine;
  slot.open = true;
  return slot;
}
