import { setTimeout as delay } from "node:timers/promises";
import { isLanguageError } from "@flotilla/runtime";
import type { Random } from "../../simulation/random.ts";

/** The unix socket of an API on this machine. */
export interface Target {
  readonly socketPath: string;
  readonly random: Random;
}

/** One kind of hostile load. */
export interface Attack {
  readonly name: string;
  /** The pause between two strokes, in milliseconds. */
  readonly pauseMs: number;
  /** Runs one stroke. The API may answer, refuse, or reset the connection. */
  readonly strike: (target: Target, signal: AbortSignal) => Promise<void>;
}

/** Repeats all attacks for `ms` milliseconds. Resolves to the number of strokes of each attack. */
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
