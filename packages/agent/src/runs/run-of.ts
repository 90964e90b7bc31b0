import type { Run } from "@flotilla/model";
import type { ManagedUnit, RunFacts } from "@flotilla/systemd";

/** The service's last run in the terms of the cluster; undefined if systemd has shown none, or not yet its beginning. */
export function runOf(managed: ManagedUnit, isOneshot: boolean): Run | undefined {
  const { run: facts } = managed;
  if (!facts || facts.invocation === "") return undefined;
  const startedAt = startOf(facts, isOneshot);
  const { invocation, code, status } = facts;
  const isOver = hasEnded(managed, isOneshot);
  if (!isOver && isAtRest(managed)) return undefined;
  if (!isOver) return { invocation, startedAt, endedAt: 0, result: "", code: "", status: 0 };
  const endedAt = Math.max(startedAt, facts.mainEndedAt || facts.deactivatedAt);
  return { invocation, startedAt, endedAt, result: managed.result, code, status };
}

/** A oneshot may have several main processes, one after the other. */
function startOf({ activatedAt, mainStartedAt }: RunFacts, isOneshot: boolean): number {
  return isOneshot ? activatedAt || mainStartedAt : mainStartedAt || activatedAt;
}

/** A oneshot with RemainAfterExit= stays active after its end. */
function hasEnded({ activeState, subState, run }: ManagedUnit, isOneshot: boolean): boolean {
  // systemd shows the name of a run before the state in which it begins.
  if (isAtRest({ activeState })) return (run?.deactivatedAt ?? 0) > 0;
  return subState.startsWith("auto-restart") || (isOneshot && subState === "exited");
}

export function isAtRest({ activeState }: Pick<ManagedUnit, "activeState">): boolean {
  return activeState === "inactive" || activeState === "failed";
}
