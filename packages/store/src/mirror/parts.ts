import { type Revision, revisionOf, type WatchEvent } from "../port/index.ts";
import type { MirrorChange } from "./change.ts";

/** The most events that are applied at once: each costs the listeners some microseconds. */
const AT_ONCE = 500;

/** A change in parts, to be applied in this order. */
export interface Parts {
  readonly early: readonly MirrorChange[];
  readonly last: MirrorChange;
}

export function inOnePart(change: MirrorChange): Parts {
  return { early: [], last: change };
}

/** A listing in parts. The store was never in the state after an early part, so no reader may see it. */
export function partsOfListing(listing: MirrorChange): Parts {
  const { events } = listing;
  const count = Math.max(1, Math.ceil(events.length / AT_ONCE));
  const part = (index: number): MirrorChange => ({
    ...listing,
    events: events.slice(index * AT_ONCE, (index + 1) * AT_ONCE),
  });
  return { early: Array.from({ length: count - 1 }, (_, index) => part(index)), last: part(count - 1) };
}

/** The changes of a watch batch in parts of whole revisions: the store was in the state after each part. */
export function partsOfBatch(batch: MirrorChange): Parts {
  const { events } = batch;
  const early: MirrorChange[] = [];
  let from = 0;
  for (const [index, event] of events.entries()) {
    const next = events[index + 1];
    if (next === undefined || index + 1 - from < AT_ONCE || isSameRevision(event, next)) continue;
    const revision: Revision = revisionOf(event);
    early.push({ ...batch, events: events.slice(from, index + 1), revision });
    from = index + 1;
  }
  return { early, last: from === 0 ? batch : { ...batch, events: events.slice(from) } };
}

function isSameRevision(one: WatchEvent, other: WatchEvent): boolean {
  return revisionOf(one) === revisionOf(other);
}
