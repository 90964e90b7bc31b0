import type { RunEntity, StartedRun, WatchEvent } from "@flotilla/api/client";
import { messageOf } from "@flotilla/runtime";
import { isRefusal } from "../cluster/api-refusal.ts";
import { isRetryable } from "../cluster/retryable.ts";
import type { Context } from "../context.ts";

/** How often the runs are read although nothing was reported: the leader keeps a lost run without an event. */
const TICK_MS = 2_000;

/** After this time without any report of the run, it counts as lost. A leader needs some seconds to be elected. */
const UNHEARD_MS = 30_000;

const RETRY_MS = 500;

/** Why nobody knows how the run has ended. */
export interface Unknown {
  readonly unknown: string;
}

/** Waits for the end of this run, whatever servers are lost meanwhile. */
export async function waitForRun(context: Context, unit: string, started: StartedRun): Promise<RunEntity | Unknown> {
  const { clock } = context.environment;
  let trouble = "";
  let heardAt = clock.monotonic();
  const look = async (): Promise<RunEntity | Unknown | undefined> => {
    const found = await find(context, unit, started);
    if (found === "destroyed") return { unknown: "the unit was destroyed meanwhile" };
    if (found) heardAt = clock.monotonic();
    if (found?.endedAt !== undefined) return found;
    if (clock.monotonic() - heardAt < UNHEARD_MS) return undefined;
    return { unknown: "no machine and no server knows the run any more" };
  };
  for (;;) {
    try {
      const end = await lookAtChanges(context, unit, look);
      if (end) return end;
      trouble = "";
    } catch (error) {
      context.signal.throwIfAborted();
      if (!isRetryable(error)) throw error;
      if (messageOf(error) !== trouble) context.tell(`${messageOf(error)}; still waiting, retrying`);
      trouble = messageOf(error);
      heardAt = clock.monotonic();
    }
    await clock.sleep(RETRY_MS, context.signal);
  }
}

async function find(
  context: Context,
  unit: string,
  { machineID, invocation }: StartedRun,
): Promise<RunEntity | "destroyed" | undefined> {
  try {
    const runs = await (await context.client()).listRuns(unit, context.signal);
    return runs.find((run) => run.machineID === machineID && run.invocation === invocation);
  } catch (error) {
    if (isRefusal(error, "unit-not-found")) return "destroyed";
    throw error;
  }
}

/**
 * Looks once the watch is open, after each change of the unit, and every TICK_MS.
 * @returns what the last look has found; undefined when the watch ends before.
 */
async function lookAtChanges<T>(
  context: Context,
  unit: string,
  look: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const { clock } = context.environment;
  const over = new AbortController();
  const either = AbortSignal.any([context.signal, over.signal]);
  const events = (await context.client()).watch({}, either)[Symbol.asyncIterator]();
  let next = events.next();
  try {
    for (;;) {
      const ticked = new AbortController();
      const tick = clock.sleep(TICK_MS, AbortSignal.any([either, ticked.signal])).then(() => undefined);
      const event = await Promise.race([next, tick]);
      ticked.abort();
      await tick.catch(() => {});
      if (event?.done) return undefined;
      if (event) next = events.next();
      if (event && !concerns(event.value, unit)) continue;
      const found = await look();
      if (found !== undefined) return found;
    }
  } finally {
    over.abort();
    await next.catch(() => {});
  }
}

function concerns(event: WatchEvent, unit: string): boolean {
  return event.kind === "progress" || ("unit" in event && event.unit === unit);
}
