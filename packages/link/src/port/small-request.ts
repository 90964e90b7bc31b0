/**
 * Small requests of a session share one stream: a stream of HTTP/2 for each costs either side more than most requests
 * do. The client sends a line for each request, and for each that it cancels; the server sends a line for each answer,
 * in any order.
 */

/** The path of the stream. */
export const SMALL_REQUESTS_PATH = "/link/v1/requests";

/** The longest body of a small request, characters. */
export const SMALL_BODY = 64 * 1024;

/** The longest line of a client, characters: JSON may escape each character of a body in six. */
export const LONGEST_REQUEST_LINE = 6 * SMALL_BODY + 1_024;

/** The status of a request that no handler has got, so that it may be sent again. */
export const NOT_HANDLED = 0;

export interface SmallRequest {
  /** Each is higher than the one before in the session. */
  readonly id: number;
  /** Without a path, the request with this ID is cancelled. */
  readonly path?: string;
  readonly body: string;
}

export interface SmallAnswer {
  readonly id: number;
  readonly status: number;
  readonly body: string;
}

export function requestLine(id: number, path: string, body: string): string {
  return JSON.stringify([id, path, body]);
}

export function cancelLine(id: number): string {
  return JSON.stringify([id]);
}

export function answerLine(id: number, status: number, body: string): string {
  return JSON.stringify([id, status, body]);
}

/** Reads a line of a client; undefined if it is none. */
export function smallRequestOf(line: string): SmallRequest | undefined {
  const [id, path, body = "", ...more] = arrayOf(line);
  if (!Number.isSafeInteger(id) || typeof body !== "string" || more.length > 0) return undefined;
  if (path === undefined) return { id: id as number, body };
  return typeof path === "string" ? { id: id as number, path, body } : undefined;
}

/** Reads a line of a server; undefined if it is none. */
export function smallAnswerOf(line: string): SmallAnswer | undefined {
  const [id, status, body] = arrayOf(line);
  if (typeof id !== "number" || typeof status !== "number" || typeof body !== "string") return undefined;
  return { id, status, body };
}

function arrayOf(line: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(line);
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}
