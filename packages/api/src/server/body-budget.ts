/** The bytes of all requests' bodies that are held at one time: each is bounded, and so are all of them together. */
export class BodyBudget {
  /** Bytes. */
  readonly most: number;
  #held = 0;

  /** @param most bytes. */
  constructor(most: number) {
    this.most = most;
  }

  /** Bytes that may yet be taken. */
  get left(): number {
    return this.most - this.#held;
  }

  /** @returns false, with nothing taken, when there are fewer left. */
  take(bytes: number): boolean {
    if (bytes > this.left) return false;
    this.#held += bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#held -= bytes;
  }
}
