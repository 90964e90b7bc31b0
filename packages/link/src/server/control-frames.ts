/** Counts the frames of a session that cost the server work and belong to no stream. */
export class ControlFrames {
  readonly #most: number;
  readonly #now: () => number;
  readonly #onExcess: () => void;
  #count = 0;
  #countedFrom = -Infinity;

  /** @param most the frames that a session may send in a second. */
  constructor(most: number, now: () => number, onExcess: () => void) {
    this.#most = most;
    this.#now = now;
    this.#onExcess = onExcess;
  }

  count(): void {
    const now = this.#now();
    if (now - this.#countedFrom > 1_000) [this.#count, this.#countedFrom] = [0, now];
    this.#count += 1;
    if (this.#count > this.#most) this.#onExcess();
  }
}
