import type { Clock } from "./clock.ts";

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** A clock that stands still until `advance` is called: for tests and the simulator. */
export class ManualClock implements Clock {
  #now = 0;
  #wallOffset: number;
  #sleepers: Sleeper[] = [];

  /** @param wallOffset what `wall()` says at monotonic 0, in milliseconds since the epoch. */
  constructor(wallOffset = 0) {
    this.#wallOffset = wallOffset;
  }

  monotonic(): number {
    return this.#now;
  }

  wall(): number {
    return this.#wallOffset + this.#now;
  }

  /** Moves the wall clock alone, as an administrator or NTP may. */
  jumpWall(ms: number): void {
    this.#wallOffset += ms;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const sleeper: Sleeper = { at: this.#now + Math.max(0, ms), wake: settle };
    const onAbort = (): void => {
      this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
      reject(signal?.reason as Error);
    };
    function settle(): void {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#sleepers.push(sleeper);
    return promise;
  }

  /** When the next sleeper is due, in monotonic milliseconds; undefined when nobody sleeps. */
  nextDue(): number | undefined {
    return this.#sleepers.reduce<number | undefined>(
      (least, { at }) => (least === undefined || at < least ? at : least),
      undefined,
    );
  }

  /**
   * Moves time on by `ms`, waking the sleepers in the order of their due times, and lets what they
   * woke run before the next one is woken; what was begun before the call runs first.
   */
  async advance(ms: number): Promise<void> {
    await settled();
    const end = this.#now + ms;
    for (let due = this.nextDue(); due !== undefined && due <= end; due = this.nextDue()) {
      this.#now = Math.max(this.#now, due);
      const woken = this.#sleepers.filter(({ at }) => at <= this.#now);
      this.#sleepers = this.#sleepers.filter(({ at }) => at > this.#now);
      for (const { wake } of woken) wake();
      await settled();
    }
    this.#now = end;
    await settled();
  }
}

/** Lets every promise that can go on now do so. */
async function settled(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}
