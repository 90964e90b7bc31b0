import type { ServerHttp2Stream } from "node:http2";
import type { LinkLimits } from "./limits.ts";
import type { MemoryBudget } from "./memory-budget.ts";

export interface SendingOptions {
  readonly stream: ServerHttp2Stream;
  readonly limits: Pick<LinkLimits, "slowReaderMs" | "slowestBytes">;
  readonly budget: MemoryBudget;
  /** Milliseconds of monotonic time. */
  readonly now: () => number;
}

/** What was written to a stream and not yet taken by its client. */
export class Sending {
  readonly #options: SendingOptions;
  #unsent = 0;
  /** When the client must have taken something, milliseconds of monotonic time. */
  #dueAt: number | undefined;
  #drained: PromiseWithResolvers<void> | undefined;

  constructor(options: SendingOptions) {
    this.#options = options;
  }

  /** Whether a promise of `drained` would wait. */
  get isFull(): boolean {
    return this.#options.stream.writableNeedDrain;
  }

  /**
   * Writes text, and ends the stream after it if it is the last.
   * @returns whether there is memory for it.
   */
  write(text: string, isLast: boolean): boolean {
    const { stream, budget } = this.#options;
    const bytes = Buffer.byteLength(text);
    if (!budget.take(bytes)) return false;
    this.#unsent += bytes;
    this.#dueAt ??= this.#dueAfter(this.#unsent);
    // Node would create an error for a callback of `end`: it closes the stream before that has finished.
    if (isLast) stream.end(text);
    else stream.write(text, () => this.#taken(bytes));
    return true;
  }

  /** Resolves when more may be written, and at the close of the stream. */
  async drained(): Promise<void> {
    if (!this.isFull) return;
    this.#drained = Promise.withResolvers<void>();
    this.#options.stream.once("drain", this.#drained.resolve);
    await this.#drained.promise;
  }

  isOverdue(now: number): boolean {
    return this.#dueAt !== undefined && now > this.#dueAt;
  }

  /** Call when the stream is closed. */
  close(): void {
    this.#taken(this.#unsent);
    this.#drained?.resolve();
  }

  #taken(bytes: number): void {
    const taken = Math.min(bytes, this.#unsent);
    this.#unsent -= taken;
    this.#options.budget.giveBack(taken);
    this.#dueAt = this.#unsent === 0 ? undefined : this.#dueAfter(this.#unsent);
  }

  #dueAfter(bytes: number): number {
    const { limits, now } = this.#options;
    return now() + limits.slowReaderMs + (1_000 * bytes) / limits.slowestBytes;
  }
}
