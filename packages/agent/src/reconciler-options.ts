import type { MachineID, UnitState } from "@flotilla/model";
import type { OwnAssignments, OwnMirrors } from "@flotilla/registry";
import type { Clock, Logger } from "@flotilla/runtime";
import type { UnitControl, UnitManager } from "@flotilla/systemd";
import type { Guard } from "./guard/guard.ts";
import type { Provenance } from "./launch/provenance.ts";
import type { SecretKeeper } from "./secrets/secret-keeper.ts";
import type { TimerStamps } from "./timers/timer-stamps.ts";
import type { TextSource } from "./unit/unit-texts.ts";

export interface ReconcilerOptions {
  readonly machineID: MachineID;
  readonly assignments: Pick<OwnAssignments, "all" | "synced" | "unreadable">;
  readonly mirrors?: Pick<OwnMirrors, "all" | "demand"> | undefined;
  readonly texts: TextSource;
  readonly manager: UnitManager & Pick<UnitControl, "reloadUnit">;
  readonly launches: Provenance;
  readonly secrets: SecretKeeper;
  /** Undefined: timers know only this machine's past. */
  readonly stamps?: TimerStamps | undefined;
  /** Undefined: exclusive units are not started. */
  readonly guard?: Guard | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  /** Called with a unit's state to publish, even if it is unchanged. */
  readonly onState: (unit: string, state: UnitState | undefined) => void;
  /** Called when a unit has no tasks left. */
  readonly onIdle: () => void;
}
