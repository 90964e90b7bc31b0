import type { Clock } from "@flotilla/runtime";
import { settled } from "./event-loop.ts";

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** A sleep that a signal may interrupt. */
interface Sleep {
  readonly sleeper: Sleeper;
  readonly reject: (reason: Error) => void;
}

/** The owner of a clock. A dead owner never wakes; a frozen one wakes when it is thawed. */
export interface Waking {
  wake(resume: () => void): void;
}

/** Simulated time. It moves only in `advance`, which wakes all sleepers of one instant before those of the next. */
export class Timeline {
  #now = 0;
  #wallOffset = 1_700_000_000_000;
  /** All values of the offset so far. */
  readonly #wallOffsets = [this.#wallOffset];
  /** Sorted by time, then by arrival. */
  readonly #sleepers: Sleeper[] = [];
  readonly #bySignal = new WeakMap<AbortSignal, Set<Sleep>>();

  get now(): number {
    return this.#now;
  }

  /** The clock of everything outside processes: the network, the store, systemd. */
  readonly clock: Clock = this.clockOf({ wake: (resume) => resume() });

  /**
   * Returns a clock.
   * @param rate of the clock: at 1.01 it shows 1.01 s after 1 s of true time.
   */
  clockOf(waking: Waking, rate = 1): Clock {
    return {
      monotonic: () => this.#now * rate,
      wall: () => this.#wallOffset + this.#now * rate,
      sleep: (ms, signal) => this.#sleep(ms / rate, waking, signal),
      after: (ms, what) => this.#after(ms / rate, waking, what),
    };
  }

  /**
   * The moments at which a wall clock of this rate would show `wall`, without any jump of the clocks, and with each.
   * The clock does not show `wall` at those that a jump left out.
   */
  momentsOf(wall: number, rate: number): readonly number[] {
    return this.#wallOffsets.map((offset) => (wall - offset) / rate);
  }

  /** Moves the wall clocks of all machines, as an administrator or NTP may. */
  jumpWall(ms: number): void {
    this.#wallOffset += ms;
    this.#wallOffsets.push(this.#wallOffset);
  }

  /** Calls `what` after `ms` milliseconds. */
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

  #after(ms: number, waking: Waking, what: () => void): () => void {
    let isCancelled = false;
    const awake = (): void => {
      if (!isCancelled) what();
    };
    const sleeper = { at: this.#now + Math.max(0, ms), wake: () => waking.wake(awake) };
    this.#add(sleeper);
    return () => {
      isCancelled = true;
      this.#remove(sleeper);
    };
  }

  #sleep(ms: number, waking: Waking, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (!signal) {
      this.#add({ at: this.#now + Math.max(0, ms), wake: () => waking.wake(resolve) });
      return promise;
    }
    const sleepers = this.#sleepersOf(signal);
    const sleep: Sleep = { reject, sleeper: { at: this.#now + Math.max(0, ms), wake: () => waking.wake(awake) } };
    function awake(): void {
      sleepers.delete(sleep);
      resolve();
    }
    sleepers.add(sleep);
    this.#add(sleep.sleeper);
    return promise;
  }

  /** Adds only one listener to each signal: many sleeps share a signal that lives as long as a process. */
  #sleepersOf(signal: AbortSignal): Set<Sleep> {
    const known = this.#bySignal.get(signal);
    if (known) return known;
    const sleepers = new Set<Sleep>();
    this.#bySignal.set(signal, sleepers);
    const onAbort = (): void => {
      for (const { sleeper, reject } of sleepers) {
        this.#remove(sleeper);
        reject(signal.reason as Error);
      }
    };
    signal.addEventListener("abort", onAbort, { once: true });
    return sleepers;
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
