/** Bytes that may be held at one time, by one session and by all. */
export class MemoryBudget {
  readonly #most: number;
  readonly #parent: MemoryBudget | undefined;
  #held = 0;

  constructor(most: number, parent?: MemoryBudget) {
    this.#most = most;
    this.#parent = parent;
  }

  get held(): number {
    return this.#held;
  }

  /** Returns whether the bytes are granted. The caller gives granted bytes back. */
  take(bytes: number): boolean {
    if (this.#held + bytes > this.#most || this.#parent?.take(bytes) === false) return false;
    this.#held += bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#held -= bytes;
    this.#parent?.giveBack(bytes);
  }
}
