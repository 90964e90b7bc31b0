import { constants, type ServerHttp2Stream } from "node:http2";
import type { LinkSession } from "../port/link-call.ts";
import { END_OF_LINES } from "../port/wire.ts";
import { CallBody } from "./call-body.ts";
import { CallEnd } from "./call-end.ts";
import type { LinkLimits } from "./limits.ts";
import type { MemoryBudget } from "./memory-budget.ts";
import { Sending } from "./sending.ts";
import type { ServedCall } from "./serve-call.ts";
import type { SessionCall } from "./session-call.ts";

const { NGHTTP2_CANCEL, NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_INTERNAL_ERROR } = constants;

/** Node's types lack `sendDate`. */
const OPEN = { sendDate: false, endStream: false };
const EMPTY = { sendDate: false, endStream: true };

export interface ServerCallOptions {
  readonly session: LinkSession;
  readonly path: string;
  readonly stream: ServerHttp2Stream;
  /** The number of bytes that the request's header gives for its body. */
  readonly length: number;
  readonly limits: LinkLimits;
  readonly budget: MemoryBudget;
  /** Milliseconds of monotonic time. */
  readonly now: () => number;
}

/** One HTTP/2 stream of an admitted session, as its handler sees it. */
export class ServerCall implements ServedCall, SessionCall {
  readonly session: LinkSession;
  readonly path: string;
  readonly #stream: ServerHttp2Stream;
  readonly #body: CallBody;
  readonly #sending: Sending;
  readonly #end = new CallEnd();
  #answered: ServedCall["answered"] = "no";
  #isServed = false;

  constructor(options: ServerCallOptions) {
    const { session, path, stream } = options;
    this.session = session;
    this.path = path;
    this.#stream = stream;
    this.#body = new CallBody(options);
    this.#sending = new Sending(options);
    // The close that follows ends the call.
    stream.on("error", () => {});
    stream.on("close", () => this.#onClose());
  }

  get machineID(): string {
    return this.session.machineID;
  }

  get signal(): AbortSignal {
    return this.#end.signal;
  }

  get answered(): ServedCall["answered"] {
    return this.#answered;
  }

  get isSettled(): boolean {
    return this.#isServed && this.#stream.destroyed;
  }

  body(): Promise<string> {
    return this.#body.text();
  }

  answer(status: number, body: string): void {
    if (this.#answered !== "no") throw new Error(`second answer to ${this.path}`);
    this.#answered = "whole";
    if (!this.#isOpen()) return;
    this.#stream.respond({ ":status": status, "content-length": Buffer.byteLength(body) }, body === "" ? EMPTY : OPEN);
    if (body !== "" && !this.#sending.write(body, true)) this.#noMemory();
  }

  async line(text: string): Promise<void> {
    if (this.#answered === "whole") throw new Error(`a line after the answer to ${this.path}`);
    if (text.includes("\n") || text === END_OF_LINES) throw new Error(`not a line: ${JSON.stringify(text)}`);
    this.#throwIfEnded();
    this.#beginLines();
    if (!this.#sending.write(`${text}\n`, false)) this.#noMemory();
    if (this.#sending.isFull) await this.#sending.drained();
    this.#throwIfEnded();
  }

  end(): void {
    if (this.#answered === "whole") throw new Error(`second end of the answer to ${this.path}`);
    if (this.#isOpen()) {
      this.#beginLines();
      if (!this.#sending.write(`${END_OF_LINES}\n`, true)) this.#noMemory();
    }
    this.#answered = "whole";
  }

  breakOff(reason: string): void {
    this.#finish(reason, NGHTTP2_INTERNAL_ERROR);
  }

  cut(reason: string): void {
    this.#finish(reason, NGHTTP2_CANCEL);
  }

  checkTime(now: number): void {
    if (this.#sending.isOverdue(now)) this.#finish("the client reads too slowly", NGHTTP2_ENHANCE_YOUR_CALM);
    if (this.#body.isOverdue(now)) this.#finish("the body took too long to arrive", NGHTTP2_ENHANCE_YOUR_CALM);
  }

  served(): void {
    this.#isServed = true;
    this.#body.release();
  }

  #beginLines(): void {
    if (this.#answered !== "no") return;
    this.#answered = "lines";
    this.#stream.respond({ ":status": 200 }, OPEN);
  }

  #isOpen(): boolean {
    return this.#end.error === undefined && !this.#stream.destroyed && !this.#stream.closed;
  }

  #throwIfEnded(): void {
    if (!this.#isOpen()) this.#finish("the client ended the request", NGHTTP2_CANCEL);
    if (this.#end.error !== undefined) throw this.#end.error;
  }

  #noMemory(): void {
    this.#finish("the server holds as many answers as it may", NGHTTP2_ENHANCE_YOUR_CALM);
  }

  #finish(reason: string, code: number): void {
    if (this.#end.error !== undefined) return;
    this.#body.fail(this.#end.become(reason));
    if (!this.#stream.closed) this.#stream.close(code);
  }

  #onClose(): void {
    this.#sending.close();
    if (this.#answered !== "whole") this.#finish("the client ended the request", NGHTTP2_CANCEL);
  }
}
