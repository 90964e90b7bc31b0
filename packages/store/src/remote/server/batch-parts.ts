import { keyOf, revisionOf, type WatchBatch, type WatchEvent } from "../../port/index.ts";

/** Splits a batch between revisions. A part ends with the revision that brings it to `most` characters. */
export function* partsOf({ events, revision }: WatchBatch, most: number): Generator<WatchBatch> {
  let [begin, text] = [0, 0];
  for (const [index, event] of events.entries()) {
    const last = events[index - 1];
    if (last !== undefined && text >= most && revisionOf(last) !== revisionOf(event)) {
      yield { events: events.slice(begin, index), revision: revisionOf(last) };
      [begin, text] = [index, 0];
    }
    text += textOf(event);
  }
  yield { events: begin === 0 ? events : events.slice(begin), revision };
}

function textOf(event: WatchEvent): number {
  return keyOf(event).length + (event.type === "put" ? event.entry.value.length : 0);
}
