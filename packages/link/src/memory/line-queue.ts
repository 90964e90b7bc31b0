/** The lines on their way to one client. A sender waits while `most` of them have not been taken. */
export class LineQueue {
  readonly #most: number;
  readonly #lines: string[] = [];
  #ended: { readonly error: Error | undefined } | undefined;
  #changed = Promise.withResolvers<void>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Whether a further line would have to wait. */
  get isFull(): boolean {
    return this.#lines.length >= this.#most;
  }

  push(line: string): void {
    this.#lines.push(line);
    this.#notify();
  }

  /** Ends the queue after the lines that are in it. */
  end(error?: Error): void {
    if (this.#ended !== undefined) return;
    this.#ended = { error };
    this.#notify();
  }

  /** Resolves at the next line, removal or end. */
  changed(): Promise<void> {
    return this.#changed.promise;
  }

  /**
   * Resolves to the next line; to undefined at the end.
   * @throws the error that ended the queue.
   */
  async take(): Promise<string | undefined> {
    for (;;) {
      const line = this.#lines.shift();
      if (line !== undefined) {
        this.#notify();
        return line;
      }
      if (this.#ended?.error) throw this.#ended.error;
      if (this.#ended) return undefined;
      await this.changed();
    }
  }

  #notify(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}
