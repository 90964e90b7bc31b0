import type { Clock } from "@flotilla/runtime";

/** Whether this machine's heartbeats reach the store, and since when without a break. */
export class StoreContact {
  readonly #clock: Clock;
  #broken = false;
  #heardSince: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * When the store was reached again, monotonic milliseconds: the present time while it is out of reach, undefined if
   * it was never lost.
   */
  get heardSince(): number | undefined {
    return this.#broken ? this.#clock.monotonic() : this.#heardSince;
  }

  /** @param reached whether the store has taken a heartbeat, or this machine's registration. */
  note(reached: boolean): void {
    if (reached && this.#broken) this.#heardSince = this.#clock.monotonic();
    this.#broken = !reached;
  }
}
