import type { ClusterSnapshot, MachineID } from "@flotilla/model";

/** A fact of the cluster that is another one now; what it is says the snapshot. */
export type Touch =
  | { readonly kind: "unit" | "attempts"; readonly unit: string }
  | { readonly kind: "assignment" | "state"; readonly unit: string; readonly machineID: MachineID }
  | { readonly kind: "machine"; readonly machineID: MachineID }
  | { readonly kind: "hold" | "leader" };

/** What has changed since it was last looked at. */
export class Touched {
  /** Units that are others, or have other assignments. */
  readonly units = new Set<string>();
  /** Units of which something else is known. */
  readonly known = new Set<string>();
  /** Places of units, by machine. */
  readonly places = new Map<MachineID, Set<string>>();
  readonly machines = new Set<MachineID>();
  /** All that there is, by one who looks for the first time: then what is linked with what need not be followed. */
  all = false;

  note(touch: Touch): void {
    switch (touch.kind) {
      case "unit":
        this.units.add(touch.unit);
        return;
      case "attempts":
      case "state":
        this.known.add(touch.unit);
        return;
      case "assignment":
        this.#notePlace(touch.machineID, touch.unit);
        return;
      case "machine":
        this.machines.add(touch.machineID);
        return;
      case "hold":
      case "leader":
        return;
      default:
        touch satisfies never;
    }
  }

  noteAll({ units, assignments, attempts, machines }: ClusterSnapshot): void {
    this.all = true;
    for (const unit of units.keys()) this.units.add(unit);
    for (const unit of assignments.keys()) this.units.add(unit);
    for (const unit of attempts.keys()) this.known.add(unit);
    for (const machineID of machines.keys()) this.machines.add(machineID);
  }

  #notePlace(machineID: MachineID, unit: string): void {
    const units = this.places.get(machineID);
    if (units) units.add(unit);
    else this.places.set(machineID, new Set([unit]));
  }
}
