import type { Clock } from "@flotilla/runtime";

/** systemd may spend one part in so many of the time on reading its directories for us. */
const SHARE = 10;

/** A file waits for no longer than this, milliseconds. */
const LONGEST_GAP_MS = 500;

/**
 * Says when new unit files may be put in place, so that those of a burst are put in place together.
 *
 * systemd reads all directories of unit files anew (3 to 4 ms of its time on Debian 12) when it is asked for a unit
 * after one of them has changed: for every unit, if every file is put in place by itself. So how long systemd takes
 * for its answer then says how soon it may be made to do so again; on a busy machine that takes longer, and more come
 * together. Who comes after a rest has its turn at once.
 */
export class Pace {
  readonly #clock: Clock;
  #last = -Infinity;
  #gap = 0;
  #isRead = true;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when files may be put in place. */
  async turn(): Promise<void> {
    const left = this.#last + this.#gap - this.#clock.monotonic();
    if (left > 0) await this.#clock.sleep(left);
    this.#last = this.#clock.monotonic();
    this.#isRead = false;
  }

  /** Does what has systemd load a unit. The first answer after a turn is the one to go by. */
  async timed<T>(ask: () => Promise<T>): Promise<T> {
    const asked = this.#clock.monotonic();
    const answer = await ask();
    if (!this.#isRead) this.#gap = Math.min(SHARE * (this.#clock.monotonic() - asked), LONGEST_GAP_MS);
    this.#isRead = true;
    return answer;
  }
}
