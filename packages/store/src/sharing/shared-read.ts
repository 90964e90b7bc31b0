/**
 * Lets callers share reads, of which one is made at a time. A caller gets a read that begins after its call, because the
 * read in progress may have been answered before.
 */
export class SharedRead<T> {
  readonly #read: () => Promise<T>;
  #current: Promise<unknown> = Promise.resolve();
  #next: Promise<T> | undefined;

  constructor(read: () => Promise<T>) {
    this.#read = read;
  }

  /** @throws the error of the read. */
  get(): Promise<T> {
    this.#next ??= this.#afterCurrent();
    return this.#next;
  }

  async #afterCurrent(): Promise<T> {
    await this.#current;
    this.#next = undefined;
    const read = this.#read();
    this.#current = read.catch(() => {});
    return read;
  }
}
