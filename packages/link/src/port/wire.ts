/** The first request of each session. The answer is 200, or the reason why the server does not admit the client. */
export const HELLO_PATH = "/link/v1/hello";

/**
 * The last line of an answer of lines. A stream of HTTP/2 whose connection is lost ends, in Node, like one that is
 * complete. For the same reason requests and whole answers have a Content-Length.
 */
export const END_OF_LINES = "\u0004";

/** The longest reason in a GOAWAY frame, characters. */
const REASON_CHARACTERS = 300;

/** What a server says in the additional debug data of GOAWAY (RFC 9113, section 6.8). */
export interface Farewell {
  /** Why the session ends; without control characters. */
  readonly reason: string;
  /** The highest ID of a small request that a handler has got. */
  readonly lastSmallRequest: number;
}

export function encodeFarewell({ reason, lastSmallRequest }: Farewell): Buffer {
  return Buffer.from(`${lastSmallRequest} ${reason.slice(0, REASON_CHARACTERS)}`);
}

/** Returns what a GOAWAY frame says; undefined if it is not from a server of the link. */
export function decodeFarewell(data: Uint8Array | undefined): Farewell | undefined {
  if (data === undefined) return undefined;
  const [, last, reason = ""] = /^(\d{1,16}) (.+)$/s.exec(Buffer.from(data).toString()) ?? [];
  if (last === undefined) return undefined;
  const text = reason.slice(0, REASON_CHARACTERS).replaceAll(/\p{Cc}/gu, " ");
  return { reason: text, lastSmallRequest: Number(last) };
}

/**
 * The value of an ALTSVC frame (RFC 7838, section 4) that asks the client to check its certificate. A frame of the
 * session needs no open stream, so a nudge costs nothing until it is sent; a client of an earlier version ignores it.
 */
export const NUDGE = "check-certificate";
