import type { MachineID } from "@flotilla/model";

/** Pairs of a machine and a unit, each once. */
export class Pairs {
  readonly #pairs = new Map<string, readonly [MachineID, string]>();

  add(machineID: MachineID, unit: string): void {
    this.#pairs.set(`${machineID} ${unit}`, [machineID, unit]);
  }

  [Symbol.iterator](): IterableIterator<readonly [MachineID, string]> {
    return this.#pairs.values();
  }
}
