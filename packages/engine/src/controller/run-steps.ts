import { setImmediate } from "node:timers/promises";
import type { Steps } from "@flotilla/schedule";
import type { StandingView } from "./standing-view.ts";

/**
 * Runs steps on an unchanging snapshot, with a turn of the event loop after each. Steps that never yield run to their
 * end before this function returns.
 * @throws the signal's reason.
 */
export async function runSteps<T>(steps: Steps<T>, snapshot: StandingView, signal: AbortSignal): Promise<T> {
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done) return step.value;
    snapshot.stand();
    await setImmediate();
    signal.throwIfAborted();
  }
}
