/** A JSON object with a long list, which is written item by item to save memory and to let other requests run. */
export interface LongList<T = unknown> {
  /** The list's name in the object. */
  readonly field: string;
  /** The items, which must not change during the writing. */
  readonly items: readonly T[];
  /** Returns the JSON value of an item; called only when the item is written. */
  readonly entityOf: (item: T) => unknown;
  /** The object's other fields. */
  readonly rest: Readonly<Record<string, unknown>>;
}

/** The least size of a chunk, bytes. */
const CHUNK_BYTES = 64 * 1024;

/** Hides the type of a list's items. */
export function longList<T>(list: LongList<T>): LongList {
  return { ...list, entityOf: (item) => list.entityOf(item as T) };
}

/** Yields the object's text in UTF-8, in chunks of at least 64 KiB; the last chunk may be shorter. */
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

/** Whether another chunk may follow this chunk. */
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
