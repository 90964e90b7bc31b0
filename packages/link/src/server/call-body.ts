import type { ServerHttp2Stream } from "node:http2";
import { PART_BYTES } from "@flotilla/runtime";
import { LinkAnswerError } from "../port/link-error.ts";
import type { LinkLimits } from "./limits.ts";
import type { MemoryBudget } from "./memory-budget.ts";

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export interface CallBodyOptions {
  readonly stream: ServerHttp2Stream;
  /** The number of bytes that the request's header gives for its body. */
  readonly length: number;
  readonly limits: Pick<LinkLimits, "bodyBytes" | "bodyMs">;
  readonly budget: MemoryBudget;
  /** Milliseconds of monotonic time. */
  readonly now: () => number;
}

/** The body of a request as it arrives. What exceeds a limit is read and dropped. */
export class CallBody {
  readonly #options: CallBodyOptions;
  readonly #arrived = Promise.withResolvers<string>();
  readonly #dueAt: number;
  #chunks: Buffer[] = [];
  #bytes = 0;
  /** Bytes of the budget. */
  #held = 0;
  #isOpen = true;

  constructor(options: CallBodyOptions) {
    this.#options = options;
    this.#dueAt = options.now() + options.limits.bodyMs;
    this.#arrived.promise.catch(() => {});
    if (!(options.length <= options.limits.bodyBytes))
      this.fail(LinkAnswerError.because(413, `a body needs a Content-Length of at most ${options.limits.bodyBytes}`));
    if (options.length === 0) this.#finish();
    else options.stream.on("data", (chunk: Buffer) => this.#add(chunk));
  }

  /** @throws LinkAnswerError if the body exceeds a limit or is not UTF-8; the error of `fail`. */
  text(): Promise<string> {
    return this.#arrived.promise;
  }

  isOverdue(now: number): boolean {
    return this.#isOpen && now > this.#dueAt;
  }

  fail(error: Error): void {
    // The handler may still use a body that has arrived.
    if (this.#isOpen) this.release();
    this.#isOpen = false;
    this.#arrived.reject(error);
  }

  /** Gives the memory back. Call when the handler has ended. */
  release(): void {
    this.#chunks = [];
    this.#options.budget.giveBack(this.#held);
    this.#held = 0;
  }

  #add(chunk: Buffer): void {
    if (!this.#isOpen) return;
    const cost = chunk.length + PART_BYTES;
    if (!this.#options.budget.take(cost))
      this.fail(LinkAnswerError.because(503, "the server holds as many bodies and answers as it may; try again"));
    else {
      this.#held += cost;
      this.#bytes += chunk.length;
      this.#chunks.push(chunk);
      if (this.#bytes === this.#options.length) this.#finish();
    }
  }

  #finish(): void {
    this.#isOpen = false;
    const [only = Buffer.alloc(0)] = this.#chunks;
    const whole = this.#chunks.length > 1 ? Buffer.concat(this.#chunks) : only;
    this.#chunks = [];
    try {
      this.#arrived.resolve(UTF8.decode(whole));
    } catch {
      this.#arrived.reject(LinkAnswerError.because(400, "the body is not UTF-8"));
    }
  }
}
