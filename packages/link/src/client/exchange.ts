import { constants, type ClientHttp2Stream, type IncomingHttpHeaders } from "node:http2";
import { LinkUnavailableError } from "../port/link-error.ts";
import type { Outcome } from "./outcome.ts";

export interface ExchangeOptions {
  readonly stream: ClientHttp2Stream;
  readonly answerBytes: number;
  readonly signal: AbortSignal;
  /** Returns what is known about a stream that ended without its whole answer. */
  readonly failure: (stream: ClientHttp2Stream) => "not-handled" | LinkUnavailableError;
}

/**
 * Reads the answer on a stream.
 * @throws LinkUnavailableError if the stream ends before the whole answer.
 */
export function readAnswer({ stream, answerBytes, signal, failure }: ExchangeOptions): Promise<Outcome> {
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
  const chunks: Buffer[] = [];
  let [status, expected, bytes, isComplete] = [0, NaN, 0, false];
  const cancel = (): void => stream.close(constants.NGHTTP2_CANCEL);
  stream.on("response", (headers: IncomingHttpHeaders) => {
    status = Number(headers[":status"]);
    expected = Number(headers["content-length"] ?? NaN);
    if (expected <= answerBytes) return;
    reject(new LinkUnavailableError(`the answer has no length, or exceeds ${answerBytes} bytes`));
    cancel();
  });
  stream.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    chunks.push(chunk);
  });
  stream.on("end", () => {
    // A lost session ends the stream early.
    isComplete = bytes === expected;
    if (isComplete) resolve({ status, body: Buffer.concat(chunks).toString() });
  });
  // The close that follows tells.
  stream.on("error", () => {});
  stream.on("close", () => {
    signal.removeEventListener("abort", cancel);
    if (isComplete) return;
    const found = failure(stream);
    if (found === "not-handled") resolve(found);
    else reject(found);
  });
  signal.addEventListener("abort", cancel, { once: true });
  return promise;
}
