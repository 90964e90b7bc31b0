/** A limit on the total bytes of all bodies that the daemon holds at one time. */
export class BodyBudget {
  /** Bytes. */
  readonly most: number;
  #held = 0;

  /** @param most bytes. */
  constructor(most: number) {
    this.most = most;
  }

  /** The bytes that are free. */
  get left(): number {
    return this.most - this.#held;
  }

  /** Takes bytes; returns false and takes nothing if fewer are free. */
  take(bytes: number): boolean {
    if (bytes > this.left) return false;
    this.#held += bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#held -= bytes;
  }
}
