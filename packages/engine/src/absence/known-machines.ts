import { type Attendance, EMPTY_ATTENDANCE, type MachineID } from "@flotilla/model";
import type { ClusterChange, ClusterView } from "@flotilla/registry";
import { machinesOf } from "./machines-of.ts";

type Known = Pick<ClusterView, "assignmentsOn" | "attendance">;

/** The machines that should be present: each is in the attendance or has assignments. */
export class KnownMachines {
  #attendance: Attendance = EMPTY_ATTENDANCE;
  #listed: ReadonlySet<MachineID> = new Set();
  /** Machines to examine again; undefined for all. */
  #changed: Set<MachineID> | undefined;

  note(change: ClusterChange): void {
    if (change.kind === "machine" || change.kind === "assignment") this.#changed?.add(change.machineID);
  }

  /** Returns the machines that may have come, gone, become known or unknown since the last call. */
  takeChanged({ assignmentsOn, attendance }: Known): ReadonlySet<MachineID> {
    const changed = this.#changed ?? new Set(assignmentsOn.keys());
    if (attendance !== this.#attendance) {
      const listed = new Set(machinesOf(attendance));
      for (const id of this.#listed.symmetricDifference(listed)) changed.add(id);
      this.#attendance = attendance;
      this.#listed = listed;
    }
    this.#changed = new Set();
    return changed;
  }

  has(id: MachineID, { assignmentsOn }: Known): boolean {
    return this.#listed.has(id) || assignmentsOn.has(id);
  }
}
