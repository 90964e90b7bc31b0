import { type Clock, Nudge } from "@flotilla/runtime";

/** Wakes every reader that waits for a mirror's copy to advance. */
export class Advance {
  readonly #clock: Clock;
  readonly #waiting = new Set<Nudge>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves to true at the next `wake`, to false after `ms` milliseconds without one. @throws the signal's reason. */
  async within(ms: number, signal: AbortSignal): Promise<boolean> {
    const nudge = new Nudge();
    this.#waiting.add(nudge);
    try {
      return await nudge.waitAtMost(ms, this.#clock, signal);
    } finally {
      this.#waiting.delete(nudge);
    }
  }

  wake(): void {
    for (const nudge of this.#waiting) nudge.poke();
  }
}
