import type { IncomingMessage } from "node:http";
import { PART_BYTES } from "@flotilla/runtime";
import { ApiError, EndpointError } from "./client-error.ts";
import type { ErrorAnswer } from "../contract/v2/error.ts";

/** The most bytes of a JSON answer. A longer answer cannot come from this API. */
const MAX_BYTES = 256 * 1024 * 1024;

export interface AnswerLimits {
  /** How long the daemon may pause within the answer, milliseconds. */
  readonly silenceMs: number;
  /** The most bytes of the answer. */
  readonly most?: number;
}

/**
 * Reads a whole answer.
 * @throws ApiError if the answer is an error; EndpointError if the connection ends before the answer.
 */
export async function bodyOf(answer: IncomingMessage, limits: AnswerLimits, signal?: AbortSignal): Promise<string> {
  const text = await readAll(answer, limits, signal);
  const status = answer.statusCode ?? 0;
  if (status >= 200 && status < 300) return text;
  throw errorOf(status, text);
}

/** Parses a successful answer. @throws ApiError if the answer is not from a daemon. */
export function parsedAnswer(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw notFleetd("the answer is not JSON");
  }
}

async function readAll(
  answer: IncomingMessage,
  { silenceMs, most = MAX_BYTES }: AnswerLimits,
  signal?: AbortSignal,
): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  // A completed answer has no reference to its socket.
  const { socket } = answer;
  const onAbort = (): void => void answer.destroy(signal?.reason as Error);
  signal?.addEventListener("abort", onAbort);
  answer.setTimeout(silenceMs, () => answer.destroy(new Error(`no data for ${silenceMs / 1000} s`)));
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      size += chunk.length + PART_BYTES;
      if (size > most) throw new Error(`the answer is longer than ${most} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw new EndpointError(
      "connection-lost",
      `cannot read the daemon's answer to its end: ${(error as Error).message}; try again`,
      [],
      { cause: error },
    );
  } finally {
    signal?.removeEventListener("abort", onAbort);
    // The connection returns to the pool, where this answer's time limit must not apply.
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
    // Text that is not JSON comes from a proxy or another program.
  }
  return notFleetd(`HTTP status ${status} without a reason`, status);
}

/** The error for an empty message, which only fleet's daemon sends, for an unknown path (fleet, api/mux.go). */
function fleetOne(status: number): ApiError {
  return new ApiError(status, {
    id: "not-fleetd",
    message:
      "cannot use the endpoint: fleet 1.0's daemon, which has no API v2, seems to answer there; name an endpoint of " +
      "Flotilla, and copy fleet's units with `fleetctl import`",
  });
}

function notFleetd(why: string, status = 200): ApiError {
  return new ApiError(status, {
    id: "not-fleetd",
    message: `cannot use the endpoint: the program that answers there is not fleetd (${why}); check the endpoint`,
  });
}
