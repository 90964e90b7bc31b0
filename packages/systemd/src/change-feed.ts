/**
 * Tells listeners which units have changed. All changes in one turn of the event loop are one call, so that a burst of
 * signals wakes a listener once.
 */
export class ChangeFeed {
  readonly #listeners = new Set<(names: readonly string[]) => void>();
  readonly #changed = new Set<string>();
  #due = false;

  subscribe(listener: (names: readonly string[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  changed(names: Iterable<string>): void {
    for (const name of names) this.#changed.add(name);
    if (this.#due || this.#changed.size === 0) return;
    this.#due = true;
    queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    const names = [...this.#changed];
    this.#changed.clear();
    this.#due = false;
    for (const listener of this.#listeners) listener(names);
  }
}
