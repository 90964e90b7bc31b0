import { constants, type ClientHttp2Stream, type IncomingHttpHeaders } from "node:http2";
import { LinkAnswerError, LinkUnavailableError } from "../port/link-error.ts";
import { END_OF_LINES } from "../port/wire.ts";
import { LineSplitter } from "../port/line-splitter.ts";

/** An answer of lines as it arrives. */
export class LineStream {
  readonly #stream: ClientHttp2Stream;
  readonly #answerBytes: number;
  readonly #signal: AbortSignal;
  readonly #status = Promise.withResolvers<number | undefined>();
  readonly #cancel = (): void => this.close();

  /** @param answerBytes the longest line. */
  constructor(stream: ClientHttp2Stream, answerBytes: number, signal: AbortSignal) {
    this.#stream = stream;
    this.#answerBytes = answerBytes;
    this.#signal = signal;
    stream.once("response", (headers: IncomingHttpHeaders) => this.#status.resolve(Number(headers[":status"])));
    stream.once("close", () => this.#status.resolve(undefined));
    // The close that follows tells.
    stream.on("error", () => {});
    signal.addEventListener("abort", this.#cancel, { once: true });
  }

  /**
   * Yields the lines, no faster than they are taken.
   * @returns whether the answer is complete.
   * @throws LinkAnswerError if the status is not 200, LinkUnavailableError if a line is too long.
   */
  async *lines(): AsyncGenerator<string, boolean> {
    const splitter = new LineSplitter();
    const status = await this.#status.promise;
    for await (const chunk of this.#chunks()) {
      for (const line of splitter.add(chunk)) {
        if (status !== 200) continue;
        if (line === END_OF_LINES) return true;
        yield line;
        this.#signal.throwIfAborted();
      }
      if (splitter.pending.length > this.#answerBytes)
        throw new LinkUnavailableError(`a line exceeds ${this.#answerBytes} characters`);
    }
    this.#signal.throwIfAborted();
    if (status !== 200 && status !== undefined) throw new LinkAnswerError(status, splitter.pending);
    return false;
  }

  /** Ends the request if the answer is not complete. */
  close(): void {
    this.#signal.removeEventListener("abort", this.#cancel);
    this.#stream.close(constants.NGHTTP2_CANCEL);
  }

  /** Ends when the stream ends, for whatever reason. */
  async *#chunks(): AsyncGenerator<Buffer, void> {
    const chunks = this.#stream.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>;
    for (;;) {
      const next = await chunks.next().catch(() => undefined);
      if (next === undefined || next.done === true) return;
      yield next.value;
    }
  }
}
