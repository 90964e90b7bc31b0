import { type Clock, untilAborted } from "@flotilla/runtime";
import type { JobResult } from "../port.ts";

export interface FakeJob {
  readonly type: "start" | "stop" | "restart" | "reload";
  readonly ended: Promise<JobResult>;
  readonly end: (result: JobResult) => void;
  readonly abort: AbortController;
  /** Aborts when a signal ends the unit's processes. */
  readonly killed: AbortController;
}

export function newJob(type: FakeJob["type"]): FakeJob {
  const { promise, resolve } = Promise.withResolvers<JobResult>();
  return { type, ended: promise, end: resolve, abort: new AbortController(), killed: new AbortController() };
}

/**
 * Resolves to false when the time is up, or to true when the unit's processes are killed before that.
 * @param ms "hang" waits until an abort or a kill.
 * @throws when the job is aborted.
 */
export async function lasts(clock: Clock, ms: number | "hang", { abort, killed }: FakeJob): Promise<boolean> {
  const either = AbortSignal.any([abort.signal, killed.signal]);
  await (ms === "hang" ? untilAborted([either], forever) : clock.sleep(ms, either)).catch(() => {});
  // An abort takes precedence when it coincides with the end of the time.
  abort.signal.throwIfAborted();
  return killed.signal.aborted;
}

function forever(): Promise<never> {
  return new Promise(() => {});
}
