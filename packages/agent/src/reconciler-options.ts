import type { MachineID, UnitState } from "@flotilla/model";
import type { OwnAssignments } from "@flotilla/registry";
import type { Clock, Logger } from "@flotilla/runtime";
import type { UnitManager } from "@flotilla/systemd";
import type { Guard } from "./guard/guard.ts";
import type { Provenance } from "./launch/provenance.ts";
import type { TextSource } from "./unit/unit-texts.ts";

export interface ReconcilerOptions {
  readonly machineID: MachineID;
  readonly assignments: Pick<OwnAssignments, "all" | "synced" | "unreadable">;
  readonly texts: TextSource;
  readonly manager: UnitManager;
  readonly launches: Provenance;
  /** Without one, no exclusive unit is started. */
  readonly guard?: Guard | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  /** Called with what is to be published of a unit, also when it is the same as before. */
  readonly onState: (unit: string, state: UnitState | undefined) => void;
  /** Called when a unit is on its way no more. */
  readonly onSettled: () => void;
}
