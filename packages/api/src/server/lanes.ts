/** Limits how much short work runs at one time. Other work waits in the order of its arrival. */
export class Lanes {
  #free: number;
  /** At most one entry for each open request. */
  readonly #waiting = new Set<() => void>();

  constructor(lanes: number) {
    this.#free = lanes;
  }

  /** @throws the error of `work`; the signal's reason if the signal aborts before `work` begins. */
  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.add(resolve));
    try {
      signal.throwIfAborted();
      return await work();
    } finally {
      this.#leave();
    }
  }

  /** Passes the lane to the work that has waited longest. */
  #leave(): void {
    const [next] = this.#waiting;
    if (!next) this.#free += 1;
    else {
      this.#waiting.delete(next);
      next();
    }
  }
}
