import type { Clock } from "@flotilla/runtime";

/** Since when a daemon's heartbeats have reached the store without a break, as fleetd notes it. */
export class Contact {
  readonly #clock: Clock;
  #broken = false;
  #mendedAt: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get heardSince(): number | undefined {
    return this.#broken ? this.#clock.monotonic() : this.#mendedAt;
  }

  note(reached: boolean): void {
    if (reached && this.#broken) this.#mendedAt = this.#clock.monotonic();
    this.#broken = !reached;
  }
}
