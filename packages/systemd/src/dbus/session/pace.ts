import type { Clock } from "@flotilla/runtime";

/** systemd may spend at most 1/SHARE of its time on reading directories for this process. */
const SHARE = 10;

/** The longest wait of a file, in milliseconds. */
const LONGEST_GAP_MS = 500;

/**
 * Decides when new unit files are put in place, so that the files of a burst are put in place together.
 *
 * When systemd is asked for a unit after a directory of unit files has changed, it reads all such directories again (3
 * to 4 ms on Debian 12). If each file were put in place by itself, systemd would read them once for each unit. The time
 * that systemd takes to answer therefore sets the pause before the next files. On a busy machine the pause is longer,
 * and more files are put in place together. After a pause without files, the next file is put in place at once.
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

  /** Makes a call for which systemd loads a unit. The first answer after a turn sets the next pause. */
  async timed<T>(ask: () => Promise<T>): Promise<T> {
    const asked = this.#clock.monotonic();
    const answer = await ask();
    if (!this.#isRead) this.#gap = Math.min(SHARE * (this.#clock.monotonic() - asked), LONGEST_GAP_MS);
    this.#isRead = true;
    return answer;
  }
}
