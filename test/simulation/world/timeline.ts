import type { Clock } from "@flotilla/runtime";

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** Whose time it is: a process that is dead never wakes, one that stands still wakes when it goes on. */
export interface Waking {
  wake(resume: () => void): void;
}

/** The simulation's time, which moves only when told to, and wakes sleepers one instant after the other. */
export class Timeline {
  #now = 0;
  #wallOffset = 1_700_000_000_000;
  /** By time, of equal times in the order in which they came. */
  readonly #sleepers: Sleeper[] = [];

  get now(): number {
    return this.#now;
  }

  /** Of the world outside of all processes: the network, the store, systemd. */
  readonly clock: Clock = this.clockOf({ wake: (resume) => resume() });

  /** @param rate how fast it runs: 1.01 of it pass in 1 of true time. */
  clockOf(waking: Waking, rate = 1): Clock {
    return {
      monotonic: () => this.#now * rate,
      wall: () => this.#wallOffset + this.#now * rate,
      sleep: (ms, signal) => this.#sleep(ms / rate, waking, signal),
    };
  }

  /** Moves everybody's wall clock, as an administrator or NTP may. */
  jumpWall(ms: number): void {
    this.#wallOffset += ms;
  }

  /** Runs `what` after so many milliseconds. */
  after(ms: number, what: () => void): void {
    this.#add({ at: this.#now + ms, wake: what });
  }

  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settled();
    for (let next = this.#sleepers[0]; next !== undefined && next.at <= end; next = this.#sleepers[0]) {
      this.#now = next.at;
      for (; next !== undefined && next.at <= this.#now; next = this.#sleepers[0]) {
        this.#sleepers.shift();
        next.wake();
      }
      await settled();
    }
    this.#now = end;
  }

  #sleep(ms: number, waking: Waking, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = (): void => {
      this.#remove(sleeper);
      reject(signal?.reason as Error);
    };
    const awake = (): void => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    };
    const sleeper = { at: this.#now + Math.max(0, ms), wake: () => waking.wake(awake) };
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#add(sleeper);
    return promise;
  }

  #add(sleeper: Sleeper): void {
    let low = 0;
    let high = this.#sleepers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sleepers[middle]?.at ?? 0) > sleeper.at) high = middle;
      else low = middle + 1;
    }
    this.#sleepers.splice(low, 0, sleeper);
  }

  #remove(sleeper: Sleeper): void {
    const index = this.#sleepers.indexOf(sleeper);
    if (index >= 0) this.#sleepers.splice(index, 1);
  }
}

/**
 * Lets everything run that can go on now. Promises and ticks are through before an immediate runs; the second
 * turn is for those who wait for an immediate themselves. Nothing here waits for the outside, so the order of all
 * this is the same every time.
 */
async function settled(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
  await new Promise<void>((resolve) => setImmediate(resolve));
}
