import { constants, type ClientHttp2Stream } from "node:http2";
import type { LinkUnavailableError } from "../port/link-error.ts";
import { LineSplitter } from "../port/line-splitter.ts";
import { cancelLine, NOT_HANDLED, requestLine, smallAnswerOf } from "../port/small-request.ts";
import type { Outcome } from "./outcome.ts";

export interface SmallRequestsOptions {
  readonly stream: ClientHttp2Stream;
  /** Returns the ID of the session's next request. */
  readonly nextID: () => number;
  /** The longest answer. */
  readonly answerBytes: number;
  /** Returns what is known about the requests of a stream that has ended. */
  readonly failure: (stream: ClientHttp2Stream) => "not-handled" | LinkUnavailableError;
}

interface Pending {
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

/** The stream of a session's small requests. */
export class SmallRequests {
  readonly #options: SmallRequestsOptions;
  readonly #splitter = new LineSplitter();
  readonly #pending = new Map<number, Pending>();
  #isLeaving = false;

  constructor(options: SmallRequestsOptions) {
    const { stream } = options;
    this.#options = options;
    stream.on("data", (chunk: Buffer) => this.#add(chunk));
    // The close that follows tells.
    stream.on("error", () => {});
    stream.on("close", () => this.#onClose());
  }

  /** Whether requests may be sent. */
  get isOpen(): boolean {
    const { stream } = this.#options;
    return !this.#isLeaving && !stream.closed && !stream.destroyed;
  }

  /**
   * Sends a request and resolves to its answer.
   * @throws LinkUnavailableError if the stream ends before the answer; the signal's reason.
   */
  request(path: string, body: string, signal: AbortSignal): Promise<Outcome> {
    const { stream, nextID } = this.#options;
    const id = nextID();
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
    const cancel = (): void => {
      this.#pending.delete(id);
      if (this.isOpen) stream.write(`${cancelLine(id)}\n`);
      reject(signal.reason);
      this.#endIfDone();
    };
    const settled = (): void => signal.removeEventListener("abort", cancel);
    this.#pending.set(id, {
      resolve: (outcome) => {
        settled();
        resolve(outcome);
      },
      reject: (error) => {
        settled();
        reject(error);
      },
    });
    signal.addEventListener("abort", cancel, { once: true });
    stream.write(`${requestLine(id, path, body)}\n`);
    return promise;
  }

  /** Call when the server has said that no handler has got a request with a higher ID. */
  notHandledAfter(last: number): void {
    for (const [id, { resolve }] of this.#pending) {
      if (id <= last) continue;
      this.#pending.delete(id);
      resolve("not-handled");
    }
  }

  /** Sends no further requests, and ends the stream after the last answer. */
  leave(): void {
    this.#isLeaving = true;
    this.#endIfDone();
  }

  #add(chunk: Buffer): void {
    const { stream, answerBytes } = this.#options;
    for (const line of this.#splitter.add(chunk)) {
      const answer = smallAnswerOf(line);
      if (answer === undefined) return stream.close(constants.NGHTTP2_PROTOCOL_ERROR);
      const { id, status, body } = answer;
      // The answer to a request that was cancelled belongs to nobody.
      this.#pending.get(id)?.resolve(status === NOT_HANDLED ? "not-handled" : { status, body });
      this.#pending.delete(id);
    }
    if (this.#splitter.pending.length > answerBytes) stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    this.#endIfDone();
  }

  #endIfDone(): void {
    const { stream } = this.#options;
    if (this.#isLeaving && this.#pending.size === 0 && !stream.closed) stream.close(constants.NGHTTP2_NO_ERROR);
  }

  #onClose(): void {
    if (this.#pending.size === 0) return;
    const found = this.#options.failure(this.#options.stream);
    for (const { resolve, reject } of this.#pending.values()) {
      if (found === "not-handled") resolve(found);
      else reject(found);
    }
    this.#pending.clear();
  }
}
