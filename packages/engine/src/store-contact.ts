import type { Clock } from "@flotilla/runtime";

/** Whether this machine's heartbeats reach the store, and since when without a break. */
export class StoreContact {
  readonly #clock: Clock;
  #broken = false;
  #heardSince: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Monotonic milliseconds: when it was mended; now, while it is broken; undefined when it never was. */
  get heardSince(): number | undefined {
    return this.#broken ? this.#clock.monotonic() : this.#heardSince;
  }

  /** @param reached whether the store has taken a heartbeat, or the machine its place in the cluster. */
  note(reached: boolean): void {
    if (reached && this.#broken) this.#heardSince = this.#clock.monotonic();
    this.#broken = !reached;
  }
}
