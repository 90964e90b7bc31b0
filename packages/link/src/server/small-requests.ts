import { constants, type ServerHttp2Stream } from "node:http2";
import { PART_BYTES } from "@flotilla/runtime";
import { LineSplitter } from "../port/line-splitter.ts";
import type { LinkSession } from "../port/link-call.ts";
import {
  answerLine,
  LONGEST_REQUEST_LINE,
  type SmallAnswer,
  type SmallRequest,
  smallRequestOf,
} from "../port/small-request.ts";
import type { LinkLimits } from "./limits.ts";
import type { MemoryBudget } from "./memory-budget.ts";
import { Sending } from "./sending.ts";
import { SmallCall } from "./small-call.ts";

const { NGHTTP2_CANCEL, NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_NO_ERROR, NGHTTP2_PROTOCOL_ERROR } = constants;

/** Node's types lack `sendDate`. */
const OPEN = { sendDate: false, endStream: false };

export interface SmallRequestsOptions {
  readonly session: LinkSession;
  readonly stream: ServerHttp2Stream;
  readonly limits: LinkLimits;
  readonly budget: MemoryBudget;
  /** Milliseconds of monotonic time. */
  readonly now: () => number;
  /** Returns the answer to a further request that may not be handled. */
  readonly refusal: () => Omit<SmallAnswer, "id"> | undefined;
  /** Runs the handler of a call. Resolves when it has ended. */
  readonly serve: (call: SmallCall, id: number) => Promise<void>;
}

/** The stream of a session's small requests. */
export class SmallRequests {
  readonly #options: SmallRequestsOptions;
  readonly #sending: Sending;
  readonly #splitter = new LineSplitter();
  readonly #calls = new Map<number, SmallCall>();
  /** When the line that has begun must have arrived, milliseconds of monotonic time. */
  #dueAt: number | undefined;
  /** Bytes of the budget for this line. */
  #held = 0;

  constructor(options: SmallRequestsOptions) {
    const { stream } = options;
    this.#options = options;
    this.#sending = new Sending(options);
    stream.respond({ ":status": 200 }, OPEN);
    stream.on("data", (chunk: Buffer) => this.#add(chunk));
    stream.on("end", () => this.#close(NGHTTP2_NO_ERROR));
    // The close that follows ends the calls.
    stream.on("error", () => {});
    stream.on("close", () => this.#onClose());
  }

  /** Ends the stream if the client sends a line, or reads its answers, too slowly. */
  checkTime(now: number): void {
    const isLate = this.#dueAt !== undefined && now > this.#dueAt;
    if (isLate || this.#sending.isOverdue(now)) this.#close(NGHTTP2_ENHANCE_YOUR_CALM);
  }

  cut(): void {
    this.#close(NGHTTP2_CANCEL);
  }

  #add(chunk: Buffer): void {
    const lines = this.#splitter.add(chunk);
    for (const line of lines) {
      const request = line.length <= LONGEST_REQUEST_LINE ? smallRequestOf(line) : undefined;
      if (request === undefined) return this.#close(NGHTTP2_PROTOCOL_ERROR);
      this.#take(request);
    }
    const { length } = this.#splitter.pending;
    if (length > LONGEST_REQUEST_LINE) this.#close(NGHTTP2_PROTOCOL_ERROR);
    else if (!this.#hold(length === 0 ? 0 : chunk.length + PART_BYTES + (lines.length > 0 ? 0 : this.#held)))
      this.#close(NGHTTP2_ENHANCE_YOUR_CALM);
    else if (length === 0) this.#dueAt = undefined;
    else this.#dueAt ??= this.#options.now() + this.#options.limits.bodyMs;
  }

  /** Takes memory for the line that has begun. Returns whether there is any. */
  #hold(bytes: number): boolean {
    const { budget } = this.#options;
    budget.giveBack(this.#held);
    this.#held = budget.take(bytes) ? bytes : 0;
    return this.#held === bytes;
  }

  #take({ id, path, body }: SmallRequest): void {
    if (path === undefined) return this.#calls.get(id)?.cut("the client ended the request");
    const { session, refusal, serve, budget } = this.#options;
    if (this.#calls.has(id)) return this.#close(NGHTTP2_PROTOCOL_ERROR);
    const refused = refusal();
    if (refused) return this.#send(id, refused.status, refused.body);
    const bytes = Buffer.byteLength(path) + Buffer.byteLength(body);
    if (!budget.take(bytes)) return this.#close(NGHTTP2_ENHANCE_YOUR_CALM);
    const call = new SmallCall({ session, path, body, send: (status, text) => this.#send(id, status, text) });
    this.#calls.set(id, call);
    void serve(call, id).then(() => {
      budget.giveBack(bytes);
      if (this.#calls.get(id) === call) this.#calls.delete(id);
    });
  }

  #send(id: number, status: number, body: string): void {
    const { stream } = this.#options;
    if (stream.destroyed || stream.closed) return;
    if (!this.#sending.write(`${answerLine(id, status, body)}\n`, false)) this.#close(NGHTTP2_ENHANCE_YOUR_CALM);
  }

  #close(code: number): void {
    const { stream } = this.#options;
    if (!stream.closed) stream.close(code);
  }

  #onClose(): void {
    this.#dueAt = undefined;
    this.#options.budget.giveBack(this.#held);
    this.#held = 0;
    this.#sending.close();
    for (const call of this.#calls.values()) call.cut("the client ended the request");
  }
}
