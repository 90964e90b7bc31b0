import { type Clock, untilAborted } from "@flotilla/runtime";

/** A reason of ours, since without one each abort makes a DOMException with a stack. */
const DONE = "done";

/** Those who wait for a copy to move on. */
export class Advance {
  readonly #clock: Clock;
  readonly #waiters = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves to true at the next `wake`, to false when none comes for `ms` milliseconds. @throws the signal's reason. */
  async within(ms: number, signal: AbortSignal): Promise<boolean> {
    const done = new AbortController();
    const moved = Promise.withResolvers<boolean>();
    const wake = (): void => moved.resolve(true);
    const timeout = (): Promise<boolean> =>
      this.#clock.sleep(ms, done.signal).then(
        () => false,
        () => false,
      );
    this.#waiters.add(wake);
    try {
      return await untilAborted([signal], () => Promise.race([moved.promise, timeout()]));
    } finally {
      this.#waiters.delete(wake);
      done.abort(DONE);
    }
  }

  wake(): void {
    for (const wake of this.#waiters) wake();
  }
}
