import type { MachineID } from "./machine.ts";

/** What systemd says of a unit on one machine, as that machine's agent published it. */
export interface UnitState {
  readonly name: string;
  readonly machineID: MachineID;
  /** The hash of the file that is in place there. */
  readonly hash: string;
  readonly load: string;
  readonly active: string;
  readonly sub: string;
  /** The agent has started the unit for the assignment that it has now. */
  readonly launched: boolean;
  /** The latest request to restart the unit that is carried out or needs nothing more there: see `Unit`. */
  readonly restarted: number;
  /** systemd has started the unit as often as it may, in vain; or the machine's disk does not take its file. */
  readonly gaveUp: boolean;
  /** The revision of the assignment that told the machine to stop the unit, once nothing is left of it; else 0. */
  readonly cleared: number;
  /** Why the unit is not as it should be, in systemd's or the agent's words; empty when it is. */
  readonly problem: string;
}

/** A start is over and went well: it runs, or it was a oneshot and has finished. */
export function isStarted(state: UnitState): boolean {
  return (
    state.launched &&
    (state.active === "active" || state.active === "reloading" || (state.active === "inactive" && state.problem === ""))
  );
}

/** A start is over and went wrong, also when systemd is about to try again. */
export function hasFailed(state: UnitState): boolean {
  return (
    state.active === "failed" ||
    state.sub === "auto-restart" ||
    (state.launched && state.active === "inactive" && state.problem !== "")
  );
}

/** It does not run as it should, and its machine says why. */
export function isDown(state: UnitState): boolean {
  return state.problem !== "" && !isStarted(state);
}
