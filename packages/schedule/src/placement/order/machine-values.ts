import { metadataValuesOf } from "@flotilla/model";
import { BitSet } from "../bit-set.ts";
import type { Slot } from "../slot.ts";
import type { Slots } from "../slots.ts";

/** The machines by their value of one metadata key. */
export class MachineValues {
  readonly #key: string;
  readonly #capacity: number;
  /** By the machine's number. */
  readonly #values: (string | undefined)[] = [];
  readonly #machines = new Map<string, BitSet>();
  /** Changes whenever a machine has another value. */
  version = 0;

  constructor(key: string, slots: Slots) {
    this.#key = key;
    this.#capacity = slots.ordered.length;
    for (const slot of slots.ordered) this.update(slot);
  }

  of(machine: number): string | undefined {
    return this.#values[machine];
  }

  /** The machines with the value. */
  with(value: string): BitSet | undefined {
    return this.#machines.get(value);
  }

  values(): Iterable<string> {
    return this.#machines.keys();
  }

  /** Takes in a machine that has joined or changed. */
  update({ number, machine }: Slot): void {
    const before = this.#values[number];
    const [now] = metadataValuesOf(machine, this.#key);
    if (before === now) return;
    this.version += 1;
    this.#values[number] = now;
    if (before !== undefined) this.#machines.get(before)?.delete(number);
    if (now === undefined) return;
    const machines = this.#machines.get(now) ?? new BitSet(this.#capacity);
    machines.add(number);
    this.#machines.set(now, machines);
  }
}
