/** A map that can be lent as it is now, at no cost: the first later change goes into a copy. */
export class LentMap<K, V> {
  #map = new Map<K, V>();
  #isLent = false;

  get view(): ReadonlyMap<K, V> {
    return this.#map;
  }

  /** Returns what `view` shows now; it never changes. */
  lend(): ReadonlyMap<K, V> {
    this.#isLent = true;
    return this.#map;
  }

  set(key: K, value: V): void {
    this.#own().set(key, value);
  }

  delete(key: K): boolean {
    return this.#map.has(key) && this.#own().delete(key);
  }

  #own(): Map<K, V> {
    if (this.#isLent) this.#map = new Map(this.#map);
    this.#isLent = false;
    return this.#map;
  }
}
