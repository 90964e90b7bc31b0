import type { IncomingMessage } from "node:http";
import type { ErrorBody } from "../contract/v2/error.ts";
import { ApiError, EndpointError } from "./client-error.ts";
import { linesOf } from "./lines.ts";

/** The time without data after which the daemon counts as lost: three progress events of 15 s. Milliseconds. */
const SILENCE_MS = 45_000;

/** A line of a stream. */
type StreamLine = { readonly kind: string } | { readonly kind: "error"; readonly error: ErrorBody };

/**
 * Yields the lines of an open stream, except an error. Ends by throwing, or when the caller stops the iteration.
 * @throws ApiError if the stream ends with an error line; EndpointError if the connection is lost; the signal's reason.
 */
export async function* streamLines<L extends StreamLine>(
  answer: IncomingMessage,
  signal?: AbortSignal,
): AsyncGenerator<Exclude<L, { readonly kind: "error" }>> {
  const onAbort = (): void => void answer.destroy(signal?.reason as Error);
  signal?.addEventListener("abort", onAbort);
  answer.setTimeout(SILENCE_MS, () => answer.destroy(new Error(`no data for ${SILENCE_MS / 1000} s`)));
  try {
    for await (const line of linesOf(answer)) {
      const parsed = JSON.parse(line) as L;
      if ("error" in parsed) throw new ApiError(parsed.error.code, parsed.error);
      yield parsed as Exclude<L, { readonly kind: "error" }>;
    }
    throw new Error("the daemon ended the stream");
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof ApiError) throw error;
    throw new EndpointError(
      "connection-lost",
      `lost the connection to the daemon: ${(error as Error).message}; list again and watch from there`,
      [],
      { cause: error },
    );
  } finally {
    signal?.removeEventListener("abort", onAbort);
    answer.destroy();
  }
}
