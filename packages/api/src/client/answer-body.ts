import type { IncomingMessage } from "node:http";
import { ApiError, EndpointError } from "./client-error.ts";
import type { ErrorAnswer } from "../contract/v2/error.ts";

/** No JSON answer of this API is near this; what is longer does not come from it. Bytes. */
const MAX_BYTES = 256 * 1024 * 1024;

/**
 * The whole of an answer.
 * @param silenceMs how long the daemon may be silent in the midst of it, milliseconds.
 * @throws ApiError when the answer is an error; EndpointError when the connection ends before the answer does.
 */
export async function bodyOf(answer: IncomingMessage, silenceMs: number, signal?: AbortSignal): Promise<string> {
  const text = await readAll(answer, silenceMs, signal);
  const status = answer.statusCode ?? 0;
  if (status >= 200 && status < 300) return text;
  throw errorOf(status, text);
}

/** An answer that went well. @throws ApiError when something else than a daemon gave it. */
export function parsedAnswer(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw notFleetd("it does not answer in JSON");
  }
}

async function readAll(answer: IncomingMessage, silenceMs: number, signal?: AbortSignal): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Once the answer has ended it no longer knows its connection.
  const { socket } = answer;
  const onAbort = (): void => void answer.destroy(signal?.reason as Error);
  signal?.addEventListener("abort", onAbort);
  answer.setTimeout(silenceMs, () => answer.destroy(new Error(`nothing was heard for ${silenceMs / 1000} s`)));
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_BYTES) throw new Error(`the answer is longer than ${MAX_BYTES} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw new EndpointError(
      "connection-lost",
      `The daemon's answer broke off: ${(error as Error).message}; try again.`,
      [],
      { cause: error },
    );
  } finally {
    signal?.removeEventListener("abort", onAbort);
    // The connection goes back to the pool: the time limit of this answer must not outlive it there.
    socket.setTimeout(0);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function errorOf(status: number, text: string): ApiError {
  try {
    const { error } = JSON.parse(text) as Partial<ErrorAnswer>;
    if (error?.message === "") return fleetOne(status);
    if (typeof error?.message === "string") return new ApiError(status, { ...error, id: error.id ?? "internal" });
  } catch {
    // Not JSON: something in between answered, not a daemon.
  }
  return notFleetd(`it said HTTP ${status} without a reason`, status);
}

/** Our daemon never errs without a sentence; fleet's has none for a path that it does not know (fleet, api/mux.go). */
function fleetOne(status: number): ApiError {
  return new ApiError(status, {
    id: "not-fleetd",
    message:
      "What answers there looks like fleet 1.0's daemon, which has no API v2: ask one of Flotilla's, and bring fleet's " +
      "units over with `fleetctl import`.",
  });
}

function notFleetd(why: string, status = 200): ApiError {
  return new ApiError(status, {
    id: "not-fleetd",
    message: `What answers there is not fleetd: ${why}. Check the endpoint.`,
  });
}
