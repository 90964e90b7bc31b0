import type { MachineID } from "./machine.ts";

/** One run of a service on one machine, from its start to its end. Times are milliseconds since the epoch by that machine's clock. */
export interface Run {
  /** systemd's InvocationID of the run. */
  readonly invocation: string;
  readonly startedAt: number;
  /** 0 while the run lasts. */
  readonly endedAt: number;
  /**
   * The unit's Result as systemd names it: "success", "exit-code", "timeout" and so on; empty while the run lasts. "lost":
   * the machine was lost or rebooted during the run. "unknown": the run ended while the machine's daemon was down.
   */
  readonly result: string;
  /** How the main process ended (si_code of waitid(2)); empty if that is unknown. */
  readonly code: "" | "exited" | "killed" | "dumped";
  /** The exit status of the main process, or the number of the signal that ended it. */
  readonly status: number;
}

/** A run, and the machine that it was on. */
export interface UnitRun extends Run {
  readonly machineID: MachineID;
}

/** What the cluster keeps of a unit's past, also when the machine is gone. */
export interface UnitHistory {
  /** The latest is last. */
  readonly runs: readonly UnitRun[];
  /** When the timer has last elapsed on any machine: see `UnitState`. */
  readonly triggeredAt?: number | undefined;
}

export const LOST = "lost";
export const UNKNOWN = "unknown";

/**
 * The exit code of a run, as a shell gives it for a command: the exit status, or 128 and the number of the signal. 1 for a
 * run that failed otherwise or whose end is unknown.
 */
export function exitCodeOf({ result, code, status }: Pick<Run, "result" | "code" | "status">): number {
  if (code === "killed" || code === "dumped") return 128 + status;
  if (code === "exited" && status !== 0) return status;
  return result === "success" ? 0 : 1;
}

/** Whether two records are of the same run. */
export function isSameRun(one: UnitRun, other: UnitRun): boolean {
  return one.machineID === other.machineID && one.invocation === other.invocation;
}
