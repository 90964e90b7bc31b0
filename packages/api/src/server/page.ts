import { RequestError } from "./request-error.ts";

type Kind = "units" | "states" | "machines";

export interface PageRequest {
  readonly kind: Kind;
  readonly limit: number;
  /** What an earlier page gave as its next one's token. */
  readonly token: string | undefined;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextPageToken?: string;
}

/**
 * One page of `items`, in the order of their keys. A token says after which key to go on, so that nothing is
 * shown twice or left out because something else came or went between two pages.
 * @throws RequestError when the token is none that such a page gave.
 */
export function pageOf<T>(items: Iterable<T>, keyOf: (item: T) => string, request: PageRequest): Page<T> {
  const after = request.token === undefined ? undefined : decodeToken(request.token, request.kind);
  const rest: (readonly [string, T])[] = [];
  for (const item of items) {
    const key = keyOf(item);
    if (after === undefined || key > after) rest.push([key, item]);
  }
  rest.sort(([a], [b]) => (a < b ? -1 : 1));
  const page = rest.slice(0, request.limit);
  const last = page.at(-1);
  return {
    items: page.map(([, item]) => item),
    ...(last && rest.length > page.length && { nextPageToken: encodeToken(request.kind, last[0]) }),
  };
}

function encodeToken(kind: Kind, key: string): string {
  return Buffer.from(`${kind}\n${key}`).toString("base64url");
}

function decodeToken(token: string, kind: Kind): string {
  const text = Buffer.from(token, "base64url").toString("utf8");
  const key = text.slice(kind.length + 1);
  // Decoding base64 lets any text pass: only what encodes back to the same is a token of ours.
  if (key !== "" && encodeToken(kind, key) === token) return key;
  throw new RequestError(
    "bad-page-token",
    `"${token}" is no page token of this list: pass on nextPageToken of the page before as it is, or leave it out to begin anew.`,
  );
}
