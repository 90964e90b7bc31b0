/** Random numbers that follow from a seed alone. A fork has its own sequence, so that one use does not shift another. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** In [0, 1). Mulberry32, by Tommy Ettinger (public domain): 32 bits of state are plenty for a short history. */
  readonly float = (): number => {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };

  /** A whole number in [0, below). */
  below(below: number): number {
    return Math.floor(this.float() * below);
  }

  chance(probability: number): boolean {
    return this.float() < probability;
  }

  /** @param from not empty. */
  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T;
  }

  /** A whole number in [least, most), distributed evenly over the orders of magnitude. */
  between(least: number, most: number): number {
    return Math.round(least * (most / least) ** this.float());
  }

  fork(): Random {
    return new Random(Math.floor(this.float() * 2 ** 32));
  }
}
