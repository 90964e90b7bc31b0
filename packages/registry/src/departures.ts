/** The machines that take themselves out of the cluster on purpose. */
export class Departures {
  /** For as long as their units take to stop. */
  readonly departed = new Set<string>();
  /** Until they are back, also when all has stopped there. */
  readonly left = new Set<string>();

  /** @param leaves whether the machine says so now. */
  note(machineID: string, leaves: boolean): void {
    if (!leaves) this.departed.delete(machineID);
    else for (const machines of [this.departed, this.left]) machines.add(machineID);
  }

  noteReturn(machineID: string): void {
    this.left.delete(machineID);
  }
}
