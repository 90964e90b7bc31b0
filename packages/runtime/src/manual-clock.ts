import type { Clock } from "./clock.ts";

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** A clock that stands still until `advance` is called, for tests and the simulator. */
export class ManualClock implements Clock {
  #now = 0;
  #wallOffset: number;
  #sleepers: Sleeper[] = [];

  /** @param wallOffset the value of `wall()` at monotonic 0, milliseconds since the epoch. */
  constructor(wallOffset = 0) {
    this.#wallOffset = wallOffset;
  }

  monotonic(): number {
    return this.#now;
  }

  wall(): number {
    return this.#wallOffset + this.#now;
  }

  /** Moves only the wall clock, as an administrator or NTP may. */
  jumpWall(ms: number): void {
    this.#wallOffset += ms;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const sleeper: Sleeper = { at: this.#now + Math.max(0, ms), wake };
    const onAbort = (): void => {
      this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
      reject(signal?.reason as Error);
    };
    function wake(): void {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#sleepers.push(sleeper);
    return promise;
  }

  after(ms: number, what: () => void): () => void {
    let isCancelled = false;
    const wake = (): void => {
      if (!isCancelled) what();
    };
    const sleeper: Sleeper = { at: this.#now + Math.max(0, ms), wake };
    this.#sleepers.push(sleeper);
    return () => {
      isCancelled = true;
      this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
    };
  }

  /** The monotonic time at which the next sleeper is due, milliseconds; undefined without sleepers. */
  nextDue(): number | undefined {
    return this.#sleepers.reduce<number | undefined>(
      (least, { at }) => (least === undefined || at < least ? at : least),
      undefined,
    );
  }

  /**
   * Advances the time by `ms` and wakes sleepers in the order of their due times. Before the first sleeper, and after
   * each one, runs all work that can continue.
   */
  async advance(ms: number): Promise<void> {
    await pendingWork();
    const end = this.#now + ms;
    for (let due = this.nextDue(); due !== undefined && due <= end; due = this.nextDue()) {
      this.#now = Math.max(this.#now, due);
      const woken = this.#sleepers.filter(({ at }) => at <= this.#now);
      this.#sleepers = this.#sleepers.filter(({ at }) => at > this.#now);
      for (const { wake } of woken) wake();
      await pendingWork();
    }
    this.#now = end;
    await pendingWork();
  }
}

/** Resolves after all promises that can continue now have done so. */
async function pendingWork(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}
