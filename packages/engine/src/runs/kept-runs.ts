import { isSameRun, LOST, type MachineID, type Run, type UnitHistory, UNKNOWN, type UnitRun } from "@flotilla/model";

/** The most runs that the cluster keeps of a unit. */
export const MOST_RUNS = 10;

/** systemd's own words are shorter. The machine may have been taken over, and the leader writes what it says. */
const MOST_RESULT_CHARACTERS = 40;
const INVOCATION = /^[0-9a-f]{32}$/;
const MOST_REPORTED = 20;

/** The runs that a machine has reported, as far as they can be those of a systemd. */
export function reportedRuns(machineID: MachineID, runs: readonly Run[]): readonly UnitRun[] {
  return runs
    .slice(-MOST_REPORTED)
    .filter(({ invocation, result }) => INVOCATION.test(invocation) && result.length <= MOST_RESULT_CHARACTERS)
    .map(({ invocation, startedAt, endedAt, result, code, status }) => {
      return { machineID, invocation, startedAt, endedAt, result, code, status };
    });
}

/**
 * Adds runs that have ended to a unit's history. A machine that returns knows better than the leader how a run has ended
 * that was lost with it.
 * @returns undefined if the history has them all.
 */
export function withRuns(history: UnitHistory | undefined, ended: readonly UnitRun[]): UnitHistory | undefined {
  const runs = [...(history?.runs ?? [])];
  const last = runs.at(0)?.startedAt ?? 0;
  let isChanged = false;
  for (const run of ended) {
    const at = runs.findIndex((known) => isSameRun(known, run));
    const known = runs[at];
    if (known && (!isAssumed(known) || isAssumed(run))) continue;
    // The history was full without it: the run is one that was dropped.
    if (!known && runs.length >= MOST_RUNS && run.startedAt < last) continue;
    if (known) runs[at] = run;
    else runs.push(run);
    isChanged = true;
  }
  if (!isChanged) return undefined;
  return { ...history, runs: runs.toSorted((one, other) => one.startedAt - other.startedAt).slice(-MOST_RUNS) };
}

function isAssumed({ result }: UnitRun): boolean {
  return result === LOST || result === UNKNOWN;
}
