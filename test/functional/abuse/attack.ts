import { setTimeout as delay } from "node:timers/promises";
import { isLanguageError } from "@flotilla/runtime";
import type { Random } from "../../simulation/random.ts";

/** Where an API listens, on a unix socket of this machine. */
export interface Target {
  readonly socketPath: string;
  readonly random: Random;
}

/** One kind of hostile load. */
export interface Attack {
  readonly name: string;
  /** Begins the next stroke this long after the last one has ended, milliseconds: the load is hostile, not endless. */
  readonly pauseMs: number;
  /** One stroke. How it ends is the target's business: a refusal, a reset and an answer are all well. */
  readonly strike: (target: Target, signal: AbortSignal) => Promise<void>;
}

/** Runs every attack, over and over, for `ms` milliseconds; resolves to how often each has struck. */
export async function attackFor(
  target: Target,
  attacks: readonly Attack[],
  ms: number,
): Promise<ReadonlyMap<string, number>> {
  const signal = AbortSignal.timeout(ms);
  const strokes = new Map(attacks.map(({ name }) => [name, 0]));
  const one = async ({ name, pauseMs, strike }: Attack): Promise<void> => {
    while (!signal.aborted) {
      await strike(target, signal).catch((error: unknown) => {
        if (isLanguageError(error)) throw error;
      });
      strokes.set(name, (strokes.get(name) ?? 0) + 1);
      await delay(pauseMs, undefined, { signal }).catch(() => {});
    }
  };
  await Promise.all(attacks.map(one));
  return strokes;
}
