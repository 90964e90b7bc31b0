/**
 * Runs changes of the same key one after the other. A compare in each write detects a concurrent change by another
 * daemon, and the change whose write fails is retried. Without this queue, each of fifty concurrent requests to one
 * daemon would fail against most of the others.
 */
export class OneAtATime {
  /** Settles when the last change of each key has ended. */
  readonly #last = new Map<string, Promise<unknown>>();

  /**
   * Runs `change` when all earlier changes with the same key have ended, successfully or not.
   * @param change called with whether it had to wait.
   * @throws what `change` throws; the signal's reason, if the signal aborts before `change` begins.
   */
  async run<T>(key: string, change: (waited: boolean) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const before = this.#last.get(key);
    const { promise: over, resolve: end } = Promise.withResolvers<void>();
    this.#last.set(key, over);
    try {
      await before;
      signal?.throwIfAborted();
      return await change(before !== undefined);
    } finally {
      end();
      if (this.#last.get(key) === over) this.#last.delete(key);
    }
  }
}
