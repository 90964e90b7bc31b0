import type { IncomingMessage } from "node:http";
import type { WatchEvent, WatchLine } from "../contract/v2/watch-event.ts";
import { ApiError, EndpointError } from "./client-error.ts";
import { linesOf } from "./lines.ts";

/** Three of the daemon's signs of life, which come every 15 s: a daemon silent for longer is gone. Milliseconds. */
const SILENCE_MS = 45_000;

/**
 * The events of an open watch stream. Ends only by throwing, or when its reader leaves.
 * @throws ApiError with what the daemon said last; EndpointError when the connection is lost; the signal's reason.
 */
export async function* watchEvents(answer: IncomingMessage, signal?: AbortSignal): AsyncGenerator<WatchEvent> {
  const onAbort = (): void => void answer.destroy(signal?.reason as Error);
  signal?.addEventListener("abort", onAbort);
  answer.setTimeout(SILENCE_MS, () => answer.destroy(new Error(`nothing was heard for ${SILENCE_MS / 1000} s`)));
  try {
    for await (const line of linesOf(answer)) {
      const event = JSON.parse(line) as WatchLine;
      if (event.kind === "error") throw new ApiError(event.error.code, event.error);
      yield event;
    }
    throw new Error("the daemon ended the stream");
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof ApiError) throw error;
    throw new EndpointError(
      "connection-lost",
      `The connection to the daemon was lost: ${(error as Error).message}.`,
      [],
      { cause: error },
    );
  } finally {
    signal?.removeEventListener("abort", onAbort);
    answer.destroy();
  }
}
