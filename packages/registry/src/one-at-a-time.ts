/**
 * Lets those who change the same thing do so one after the other. Between daemons a compare sees to that, and the one
 * that loses begins again; of fifty requests to one daemon, each would lose to most of the others.
 */
export class OneAtATime {
  /** What the last caller for each key is about to finish. */
  readonly #last = new Map<string, Promise<unknown>>();

  /**
   * Runs `change` once those that came before it with the same key are over, however they ended.
   * @param change told whether it had to wait.
   * @throws what `change` throws; the signal's reason, when it has aborted by then.
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
