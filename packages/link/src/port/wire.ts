/** The first request of each session. The answer is 200, or the reason why the server does not admit the client. */
export const HELLO_PATH = "/link/v1/hello";

/** The name that a server's certificate must have, whatever the server's address is. */
export const SERVER_NAME = "server.flotilla";

/**
 * The last line of an answer of lines. A stream of HTTP/2 whose connection is lost ends, in Node, like one that is
 * complete. For the same reason requests and whole answers have a Content-Length.
 */
export const END_OF_LINES = "\u0004";

/** The longest reason in a GOAWAY frame, characters. */
const REASON_CHARACTERS = 300;

/** Encodes the reason why a session ends, for the additional debug data of GOAWAY (RFC 9113, section 6.8). */
export function encodeReason(reason: string): Buffer {
  return Buffer.from(reason.slice(0, REASON_CHARACTERS));
}

/** Returns the reason in a GOAWAY frame, without control characters; undefined if the frame has none. */
export function decodeReason(data: Uint8Array | undefined): string | undefined {
  if (data === undefined || data.length === 0) return undefined;
  const text = Buffer.from(data).toString().slice(0, REASON_CHARACTERS);
  return text.replaceAll(/\p{Cc}/gu, " ");
}
