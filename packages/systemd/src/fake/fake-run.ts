import type { RunFacts } from "../run.ts";

/** The facts of a run that begins now. @param number of the run on this host, from 1. */
export function begunRun(number: number, now: number): RunFacts {
  const invocation = number.toString(16).padStart(32, "0");
  return { invocation, activatedAt: now, deactivatedAt: 0, mainStartedAt: now, mainEndedAt: 0, code: "", status: 0 };
}

/** How the main process of a run ends that has this result. */
export function endOfRun(result: string, exitStatus = 1): Pick<RunFacts, "code" | "status"> {
  if (result === "success") return { code: "exited", status: 0 };
  return result === "exit-code" ? { code: "exited", status: exitStatus } : { code: "killed", status: SIGKILL };
}

/** The end of a process that a stop has ended. */
export const STOPPED: Pick<RunFacts, "code" | "status"> = { code: "killed", status: 15 };

const SIGKILL = 9;

/** The facts of the run after the unit has ended; a run that has ended stays as it is. */
export function endedRun(
  run: RunFacts | undefined,
  now: number,
  how: Pick<RunFacts, "code" | "status">,
): RunFacts | undefined {
  if (!run || run.mainEndedAt > 0) return run;
  return { ...run, ...how, mainEndedAt: now, deactivatedAt: now };
}
