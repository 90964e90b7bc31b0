/** A JSON object with a list in it that may be long, written item by item: all at once takes too long, and too much. */
export interface LongList<T = unknown> {
  /** The list's name in the object. */
  readonly field: string;
  /** Nothing in them may change while they are written. */
  readonly items: readonly T[];
  /** What stands in the list for an item, asked for as late as that is written. */
  readonly entityOf: (item: T) => unknown;
  /** The object's other fields. */
  readonly rest: Readonly<Record<string, unknown>>;
}

/** Bytes that are written at once; an item alone may be more. */
const CHUNK_BYTES = 64 * 1024;

/** A list whose items are all of one type, for those who do not care which. */
export function longList<T>(list: LongList<T>): LongList {
  return { ...list, entityOf: (item) => list.entityOf(item as T) };
}

/** The object's text in UTF-8: in chunks of 64 KiB and more, of which the last may be shorter. */
export function* chunksOf(list: LongList): Generator<Buffer, void> {
  let text = "";
  for (const piece of piecesOf(list)) {
    text += piece;
    if (text.length < CHUNK_BYTES) continue;
    yield Buffer.from(text);
    text = "";
  }
  yield Buffer.from(text);
}

/** Whether there can be another one after this chunk. */
export function isFull(chunk: Buffer): boolean {
  return chunk.length >= CHUNK_BYTES;
}

function* piecesOf({ field, items, entityOf, rest }: LongList): Generator<string, void> {
  yield `{${JSON.stringify(field)}:[`;
  let separator = "";
  for (const item of items) {
    yield separator + JSON.stringify(entityOf(item));
    separator = ",";
  }
  const others = JSON.stringify(rest).slice(1);
  yield others === "}" ? "]}" : `],${others}`;
}
