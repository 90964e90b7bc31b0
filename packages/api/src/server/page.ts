import { RequestError } from "./request-error.ts";

type Kind = "units" | "states" | "machines";

export interface PageRequest {
  readonly kind: Kind;
  readonly limit: number;
  /** The `nextPageToken` of the previous page. */
  readonly token: string | undefined;
}

/** The cost of showing an item. A page has fewer items if their total cost would exceed `most`. */
export interface Weight<T> {
  readonly of: (item: T) => number;
  readonly most: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextPageToken?: string;
}

/**
 * Returns one page of `items` in the order of their keys. A token contains the last key of its page, so that changes
 * between two pages neither repeat nor skip other items.
 * @throws RequestError if no page of this list has the token.
 */
export function pageOf<T>(
  items: Iterable<T>,
  keyOf: (item: T) => string,
  request: PageRequest,
  weight: Weight<T> = WEIGHTLESS,
): Page<T> {
  const after = request.token === undefined ? undefined : decodeToken(request.token, request.kind);
  const [first, hasMore] = firstOf(keyed(items, keyOf, after), request.limit);
  const page = first.slice(0, countWithin(first, weight));
  const last = page.at(-1);
  return {
    items: page.map(([, item]) => item),
    ...(last && (hasMore || page.length < first.length) && { nextPageToken: encodeToken(request.kind, last[0]) }),
  };
}

const WEIGHTLESS: Weight<unknown> = { of: () => 0, most: 0 };

/** Returns how many of the first items fit in the weight; at least one, so that each page makes progress. */
function countWithin<T>(items: readonly Keyed<T>[], { of, most }: Weight<T>): number {
  let weight = 0;
  const end = items.findIndex(([, item]) => (weight += of(item)) > most);
  return end === -1 ? items.length : Math.max(end, 1);
}

type Keyed<T> = readonly [key: string, item: T];

function* keyed<T>(items: Iterable<T>, keyOf: (item: T) => string, after: string | undefined): Generator<Keyed<T>> {
  for (const item of items) {
    const key = keyOf(item);
    if (after === undefined || key > after) yield [key, item];
  }
}

/** Returns the first items by key, and whether more exist, without sorting the whole list. */
function firstOf<T>(all: Iterable<Keyed<T>>, limit: number): [first: readonly Keyed<T>[], hasMore: boolean] {
  const kept: Keyed<T>[] = [];
  let ceiling: string | undefined;
  let seen = 0;
  for (const one of all) {
    seen += 1;
    if (ceiling !== undefined && one[0] > ceiling) continue;
    kept.push(one);
    if (kept.length < 2 * limit) continue;
    sort(kept);
    kept.length = limit;
    ceiling = kept.at(-1)?.[0];
  }
  return [sort(kept).slice(0, limit), seen > limit];
}

function sort<T>(items: Keyed<T>[]): Keyed<T>[] {
  return items.sort(([a], [b]) => (a < b ? -1 : 1));
}

function encodeToken(kind: Kind, key: string): string {
  return Buffer.from(`${kind}\n${key}`).toString("base64url");
}

function decodeToken(token: string, kind: Kind): string {
  const text = Buffer.from(token, "base64url").toString("utf8");
  const key = text.slice(kind.length + 1);
  // base64 decoding accepts any text. Only a text that encodes to the same token is valid.
  if (key !== "" && encodeToken(kind, key) === token) return key;
  throw new RequestError(
    "bad-page-token",
    `cannot use page token "${token}" for this list; pass nextPageToken of the previous page unchanged, or none to start again`,
  );
}
