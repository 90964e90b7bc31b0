import { type Clock, messageOf } from "@flotilla/runtime";
import type { LinkAnswer } from "../port/link.ts";
import { LinkAnswerError, LinkCallEndedError, LinkUnavailableError } from "../port/link-error.ts";
import type { ServedCall } from "../server/serve-call.ts";
import { LineQueue } from "./line-queue.ts";
import type { MemorySession } from "./memory-session.ts";

/** Lines that a handler may be ahead of a client. */
const LINES_AHEAD = 16;

export interface MemoryCallOptions {
  readonly session: MemorySession;
  readonly path: string;
  readonly body: string;
  readonly clock: Clock;
  /** How long a client may leave a line unread, milliseconds. */
  readonly slowReaderMs: number;
}

/** One request in this process: what its handler sees, and what comes back from the handler. */
export class MemoryCall implements ServedCall {
  readonly session: MemorySession;
  readonly path: string;
  readonly lines = new LineQueue(LINES_AHEAD);
  readonly #options: MemoryCallOptions;
  readonly #over = new AbortController();
  readonly #whole = Promise.withResolvers<LinkAnswer>();
  readonly #onSessionEnd = (): void => this.#close(this.session.ended.reason as Error);
  #answered: ServedCall["answered"] = "no";

  constructor(options: MemoryCallOptions) {
    this.#options = options;
    this.session = options.session;
    this.path = options.path;
    this.#whole.promise.catch(() => {});
    this.session.ended.addEventListener("abort", this.#onSessionEnd, { once: true });
    if (this.session.ended.aborted) this.#onSessionEnd();
  }

  get machineID(): string {
    return this.session.machineID;
  }

  get signal(): AbortSignal {
    return this.#over.signal;
  }

  get answered(): ServedCall["answered"] {
    return this.#answered;
  }

  /** Resolves to the answer; to an answer without a body at the first line. */
  get head(): Promise<LinkAnswer> {
    return this.#whole.promise;
  }

  async body(): Promise<string> {
    this.signal.throwIfAborted();
    return this.#options.body;
  }

  answer(status: number, body: string): void {
    if (this.#answered !== "no") throw new Error(`second answer to ${this.path}`);
    this.#answered = "whole";
    this.#whole.resolve({ status, body });
    this.#leave();
  }

  async line(text: string): Promise<void> {
    if (this.#answered === "whole") throw new Error(`a line after the answer to ${this.path}`);
    if (text.includes("\n")) throw new Error(`a line with a line feed for ${this.path}`);
    this.signal.throwIfAborted();
    this.#begin();
    this.lines.push(text);
    const { clock, slowReaderMs } = this.#options;
    if (!this.lines.isFull) return;
    const cancel = clock.after(slowReaderMs, () =>
      this.breakOff(`the client left a line unread for ${slowReaderMs} ms`),
    );
    while (this.lines.isFull && !this.signal.aborted) await this.lines.changed();
    cancel();
    this.signal.throwIfAborted();
  }

  end(): void {
    this.#begin();
    this.#answered = "whole";
    this.lines.end();
    this.#leave();
  }

  breakOff(reason: string): void {
    this.#close(new LinkUnavailableError(`the server ended its answer: ${reason}`));
  }

  /** Ends the call from the client's side. */
  cancel(): void {
    this.#close(new LinkUnavailableError("the request was cancelled"));
  }

  /** Returns the refusal of an answer of lines, if it is one. */
  static refusalOf({ status, body }: LinkAnswer): LinkAnswerError | undefined {
    return status === 200 ? undefined : new LinkAnswerError(status, body);
  }

  #begin(): void {
    if (this.#answered !== "no") return;
    this.#answered = "lines";
    this.#whole.resolve({ status: 200, body: "" });
  }

  #close(error: Error): void {
    this.#leave();
    this.#whole.reject(error);
    this.lines.end(error);
    if (!this.signal.aborted) this.#over.abort(new LinkCallEndedError(messageOf(error)));
  }

  #leave(): void {
    this.session.ended.removeEventListener("abort", this.#onSessionEnd);
  }
}
