/** A write may be followed by a pause of this many times its duration: writes take at most a tenth of the time. */
const SHARE = 10;

/** Pauses that are owed without an effect, milliseconds: a few writes in a row are not delayed. */
const CREDIT_MS = 250;

/** The longest delay of a write, milliseconds. */
const LONGEST_MS = 250;

/**
 * Delays writes so that they take at most a tenth of the time, averaged over the last writes. On an idle cluster, a write
 * takes few milliseconds and nothing is delayed. When the store or the machine is busy, changes share writes.
 */
export class WritingPace {
  /** When the pauses of all earlier writes are over, on the monotonic clock. */
  #restedAt = 0;

  /** Notes a write, with its times on the monotonic clock. */
  note(begun: number, ended: number): void {
    const rested = Math.max(this.#restedAt, begun) + SHARE * (ended - begun);
    this.#restedAt = Math.min(rested, ended + CREDIT_MS + LONGEST_MS);
  }

  /** Returns how long a write must wait from `now` on, milliseconds. */
  delay(now: number): number {
    return Math.max(0, this.#restedAt - CREDIT_MS - now);
  }
}
