import { Backoff } from "./backoff.ts";
import type { Clock } from "./clock.ts";
import { messageOf } from "./error.ts";
import type { Logger } from "./logger.ts";
import type { Nudge } from "./nudge.ts";
import { isProgrammingError } from "./programming-error.ts";
import { RecoveryLimit } from "./recovery-limit.ts";

export interface ReconcileLoopOptions {
  /** A whole pass: read state, decide, apply. Passes never overlap. */
  readonly pass: (signal: AbortSignal) => Promise<void>;
  /** Poked when there may be work. */
  readonly nudge: Nudge;
  /** The longest time between passes, milliseconds. A periodic pass catches work without a nudge. */
  readonly interval: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

/**
 * Runs passes until `signal` aborts, and then resolves. A pass runs after each nudge, at least every `interval`, and
 * with growing pauses after a failure. Nudges during a pass lead to one more pass.
 * @throws a programming error that keeps recurring (see RecoveryLimit). No other failure ends the loop.
 */
export async function reconcileLoop(options: ReconcileLoopOptions, signal: AbortSignal): Promise<void> {
  const { pass, nudge, interval, clock, random, log } = options;
  const backoff = new Backoff({ first: 100, most: 10_000, random });
  const recoveries = new RecoveryLimit({ clock, log });
  while (!signal.aborted) {
    try {
      await pass(signal);
      backoff.reset();
      await nudge.waitAtMost(interval, clock, signal);
    } catch (error) {
      if (signal.aborted) return;
      const pause = backoff.next();
      const pauseMs = Math.round(pause);
      if (isProgrammingError(error))
        recoveries.note("a pass ended with an internal error (please report it)", error, { pauseMs });
      else log.warn("a pass failed; retrying after a pause", { error: messageOf(error), pauseMs });
      await clock.sleep(pause, signal).catch(() => {});
    }
  }
}
