import type { ClusterSnapshot, MachineID } from "@flotilla/model";
import { include } from "../multimap.ts";

/** A fact that changed. Read its value from the snapshot. */
export type Change =
  | { readonly kind: "unit" | "attempts"; readonly unit: string }
  | { readonly kind: "assignment" | "state"; readonly unit: string; readonly machineID: MachineID }
  | { readonly kind: "machine"; readonly machineID: MachineID }
  | { readonly kind: "hold" | "leader" };

/** The changes since the last pass. */
export class Changes {
  /** Units that changed, or whose assignments did. */
  readonly units = new Set<string>();
  /** Units about which something else changed: a state, failed attempts. */
  readonly facts = new Set<string>();
  /** Places of units, by machine. */
  readonly places = new Map<MachineID, Set<string>>();
  readonly machines = new Set<MachineID>();
  /** Whether this is the first pass, which examines everything, so that no links need to be followed. */
  all = false;

  note(change: Change): void {
    switch (change.kind) {
      case "unit":
        this.units.add(change.unit);
        return;
      case "attempts":
      case "state":
        this.facts.add(change.unit);
        return;
      case "assignment":
        include(this.places, change.machineID, change.unit);
        return;
      case "machine":
        this.machines.add(change.machineID);
        return;
      case "hold":
      case "leader":
        return;
      default:
        change satisfies never;
    }
  }

  noteAll({ units, assignments, attempts, machines }: ClusterSnapshot): void {
    this.all = true;
    for (const unit of units.keys()) this.units.add(unit);
    for (const unit of assignments.keys()) this.units.add(unit);
    for (const unit of attempts.keys()) this.facts.add(unit);
    for (const machineID of machines.keys()) this.machines.add(machineID);
  }
}
