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
 * Resolves to false when the time is up, or to true when the unit's processes are killed before that, or the job is
 * aborted. The caller must check for an abort itself, because the abort may happen after this promise has resolved.
 * @param ms "hang" waits until an abort or a kill.
 */
export async function lasts(clock: Clock, ms: number | "hang", { abort, killed }: FakeJob): Promise<boolean> {
  const either = AbortSignal.any([abort.signal, killed.signal]);
  await (ms === "hang" ? untilAborted([either], forever) : clock.sleep(ms, either)).catch(() => {});
  return either.aborted;
}

function forever(): Promise<never> {
  return new Promise(() => {});
}
