import type { MachineID } from "./machine.ts";

/** A unit's place: the engine's word to one machine that it is to have the unit. */
export interface Assignment {
  readonly unit: string;
  readonly machineID: MachineID;
  readonly digest: string;
  readonly hash: string;
  readonly desired: "loaded" | "launched";
  /** The request to restart the unit that its machine must carry out, once: see `Unit`. */
  readonly restart: number;
  /**
   * The machine was lost and the unit has another place: what runs there may run until the new copy is
   * active, but nothing may be started.
   */
  readonly leaving: boolean;
  /** The unit is exclusive: it is started only while the machine's guard watches it. */
  readonly exclusive: boolean;
  /** The machine is to stop the unit, and to say when nothing is left of it: only then may it run elsewhere. */
  readonly stopping: boolean;
  /** When the leader last wrote what the machine is to do, milliseconds since the epoch by its clock; 0: unknown. */
  readonly askedAt: number;
  /** Revision at which the unit was put on the machine: "launched" means started once for each of these. */
  readonly since: number;
  readonly revision: number;
}
