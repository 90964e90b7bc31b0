/** Machines that leave the cluster on purpose. */
export class Departures {
  readonly #departed = new Set<string>();
  readonly #left = new Set<string>();

  /** Machines whose units still stop. */
  get departed(): ReadonlySet<string> {
    return this.#departed;
  }

  /** Machines that are not back, whether their units have stopped or not. */
  get left(): ReadonlySet<string> {
    return this.#left;
  }

  /** @param leaves whether the machine declares now that it leaves. */
  note(machineID: string, leaves: boolean): void {
    if (!leaves) this.#departed.delete(machineID);
    else for (const machines of [this.#departed, this.#left]) machines.add(machineID);
  }

  noteReturn(machineID: string): void {
    this.#left.delete(machineID);
  }
}
