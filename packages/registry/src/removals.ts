/** Machines that were removed from the cluster and have not joined again. */
export class Removals {
  readonly #members = new Set<string>();
  readonly #ended = new Set<string>();
  readonly #removed = new Set<string>();

  get all(): ReadonlySet<string> {
    return this.#removed;
  }

  /** @param isMember whether the machine has a membership now. */
  noteMember(machineID: string, isMember: boolean): void {
    this.#note(this.#members, machineID, isMember);
  }

  /** @param isRemoved whether an earlier membership of the machine was ended by a removal. */
  noteRemoval(machineID: string, isRemoved: boolean): void {
    this.#note(this.#ended, machineID, isRemoved);
  }

  #note(machines: Set<string>, machineID: string, isIn: boolean): void {
    if (isIn) machines.add(machineID);
    else machines.delete(machineID);
    if (this.#ended.has(machineID) && !this.#members.has(machineID)) this.#removed.add(machineID);
    else this.#removed.delete(machineID);
  }
}
