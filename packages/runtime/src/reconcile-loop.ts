import { Backoff } from "./backoff.ts";
import type { Clock } from "./clock.ts";
import { messageOf } from "./error.ts";
import type { Logger } from "./logger.ts";
import { type Nudge, pokedWithin } from "./nudge.ts";
import { isProgrammingError } from "./programming-error.ts";
import { RecoveryLimit } from "./recovery-limit.ts";

export interface ReconcileLoopOptions {
  /** One whole pass: read state, decide, apply. Runs one at a time. */
  readonly pass: (signal: AbortSignal) => Promise<void>;
  /** Poked when there may be something to do. */
  readonly nudge: Nudge;
  /** A pass happens at least this often, milliseconds, to catch what a nudge missed. */
  readonly interval: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

/**
 * Runs passes until `signal` aborts: at once after a nudge, at the latest every `interval`, and
 * after a failed pass again with a growing pause. Nudges that arrive during a pass are gathered into
 * the next one. Resolves when aborted.
 * @throws an error in the program that passes keep ending with (see RecoveryLimit); no other failure ends the loop.
 */
export async function reconcileLoop(options: ReconcileLoopOptions, signal: AbortSignal): Promise<void> {
  const { pass, nudge, interval, clock, random, log } = options;
  const backoff = new Backoff({ first: 100, most: 10_000, random });
  const recoveries = new RecoveryLimit({ clock, log });
  while (!signal.aborted) {
    try {
      await pass(signal);
      backoff.reset();
      await pokedWithin(nudge, clock, interval, signal);
    } catch (error) {
      if (signal.aborted) return;
      const pause = backoff.next();
      const pauseMs = Math.round(pause);
      if (isProgrammingError(error)) recoveries.note("a pass ended with an error in the program", error, { pauseMs });
      else log.warn("a pass failed; it is tried again after a pause", { error: messageOf(error), pauseMs });
      await clock.sleep(pause, signal).catch(() => {});
    }
  }
}
