/** A queue whose front can be removed at a constant cost, however long the queue is. */
export class Fifo<T> {
  #items: T[] = [];
  /** The items before this index are removed. */
  #front = 0;

  get length(): number {
    return this.#items.length - this.#front;
  }

  get first(): T | undefined {
    return this.#items[this.#front];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const item = this.#items[this.#front];
    this.#front += 1;
    if (this.#front * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#front);
      this.#front = 0;
    }
    return item;
  }

  /** Returns the items from the first one on for which `holds` is true. It must be true for every later item too. */
  from(holds: (item: T) => boolean): readonly T[] {
    let [low, high] = [this.#front, this.#items.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const item = this.#items[middle];
      if (item !== undefined && holds(item)) high = middle;
      else low = middle + 1;
    }
    return this.#items.slice(low);
  }
}
