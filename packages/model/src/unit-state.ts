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

/** What of a state tells how a start went. */
type Run = Pick<UnitState, "launched" | "active" | "sub" | "problem">;

/** The agent started the unit, and it runs. */
export function isRunning({ launched, active }: Run): boolean {
  return launched && (active === "active" || active === "reloading");
}

/** The agent started the unit, and it has finished or was stopped on its machine. */
export function isOver({ launched, active, problem }: Run): boolean {
  return launched && active === "inactive" && problem === "";
}

/** A start is over and went well: the unit runs, or it was a oneshot and has finished. */
export function isStarted(state: Run): boolean {
  return isRunning(state) || isOver(state);
}

/** A start is over and went wrong, also when systemd is about to try again. */
export function hasFailed({ launched, active, sub, problem }: Run): boolean {
  return active === "failed" || sub === "auto-restart" || (launched && active === "inactive" && problem !== "");
}

/** The unit does not run as it should, and its machine says why. */
export function isDown(state: Run): boolean {
  return state.problem !== "" && !isStarted(state);
}

/**
 * The unit was restarted as requested and is up again. A unit that systemd does not start because of a condition of the
 * unit has not failed.
 */
export function hasRestarted(state: UnitState | undefined, restart: number): boolean {
  return state?.restarted === restart && (isStarted(state) || (state.launched && state.active === "inactive"));
}
