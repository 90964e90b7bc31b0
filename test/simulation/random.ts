/**
 * Random numbers that depend only on a seed. A fork has its own sequence, so that additional draws do not shift those
 * of others.
 */
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

  /** Returns a whole number in [0, below). */
  below(below: number): number {
    return Math.floor(this.float() * below);
  }

  chance(probability: number): boolean {
    return this.float() < probability;
  }

  /**
   * Returns a random element.
   * @param from must not be empty.
   */
  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T;
  }

  /** Returns a whole number in [least, most). All orders of magnitude are equally likely. */
  between(least: number, most: number): number {
    return Math.round(least * (most / least) ** this.float());
  }

  fork(): Random {
    return new Random(Math.floor(this.float() * 2 ** 32));
  }
}
