import type { MachineID } from "./machine.ts";
import type { Run } from "./run.ts";
import type { Unit } from "./unit.ts";

/** The state of a unit on one machine, as that machine's agent published it. */
export interface UnitState {
  readonly name: string;
  readonly machineID: MachineID;
  /** The hash of the unit file on that machine. */
  readonly hash: string;
  readonly load: string;
  readonly active: string;
  readonly sub: string;
  /** The agent has started the unit for its present assignment. */
  readonly launched: boolean;
  /** The latest restart request that is complete on that machine: see `Unit`. */
  readonly restarted: number;
  /** The newest version of the secrets that the unit runs with on that machine: see `Unit`. */
  readonly secrets: number;
  /** systemd has given up starting the unit, or the machine's disk does not accept the unit file. */
  readonly gaveUp: boolean;
  /** The revision of the assignment that ordered the stop, once nothing is left of the unit; 0 before. */
  readonly cleared: number;
  /** Why the unit is not in the state that it should be in, by systemd or the agent; empty if it is. */
  readonly problem: string;
  /** The last few runs there, the latest last; absent for a unit that has only run on and on. */
  readonly runs?: readonly Run[] | undefined;
  /**
   * When the timer there has last elapsed, or was first started, milliseconds since the epoch by that machine's clock. Only
   * of timers with Persistent=.
   */
  readonly triggeredAt?: number | undefined;
}

/** The fields that show how a start went. */
type Start = Pick<UnitState, "launched" | "active" | "sub" | "problem">;

/** The agent started the unit, and it runs. */
export function isRunning({ launched, active }: Start): boolean {
  return launched && (active === "active" || active === "reloading");
}

/** The agent started the unit, and it has finished or was stopped on its machine. */
export function isOver({ launched, active, problem }: Start): boolean {
  return launched && active === "inactive" && problem === "";
}

/** A start is over and went well: the unit runs, or it was a oneshot and has finished. */
export function isStarted(state: Start): boolean {
  return isRunning(state) || isOver(state);
}

/** A start is over and failed, even if systemd is about to retry. */
export function hasFailed({ launched, active, sub, problem }: Start): boolean {
  return active === "failed" || sub === "auto-restart" || (launched && active === "inactive" && problem !== "");
}

/** The unit does not run as it should, and its machine reported why. */
export function isDown(state: Start): boolean {
  return state.problem !== "" && !isStarted(state);
}

/**
 * The unit was restarted as requested, has its newest secrets, and is up again; or systemd has skipped its start because
 * a condition of the unit is not met, which is no failure.
 */
export function hasRestarted(state: UnitState | undefined, unit: Pick<Unit, "restart" | "secrets">): boolean {
  if (state?.restarted !== unit.restart || state.secrets !== unit.secrets) return false;
  return isStarted(state) || (state.launched && state.active === "inactive");
}
