import type { MirrorChange } from "./change.ts";
import { type Revision, revisionOf, type WatchEvent } from "../port/index.ts";

/** Events that are taken in at once: each costs its listeners some microseconds. */
const AT_ONCE = 500;

/** A listing in parts, of which none is a state that the store was in: nobody may look before the last. */
export function partsOfListing(listing: MirrorChange): readonly MirrorChange[] {
  const { events } = listing;
  if (events.length <= AT_ONCE) return [listing];
  const count = Math.ceil(events.length / AT_ONCE);
  return Array.from({ length: count }, (_, index) => ({
    ...listing,
    events: events.slice(index * AT_ONCE, (index + 1) * AT_ONCE),
  }));
}

/** What a watch has brought in parts, each of whole revisions: after each, the copy shows a state that the store was in. */
export function partsOfNews(news: MirrorChange): readonly MirrorChange[] {
  const { events } = news;
  if (events.length <= AT_ONCE) return [news];
  const parts: MirrorChange[] = [];
  let from = 0;
  for (const [index, event] of events.entries()) {
    const next = events[index + 1];
    if (next && (index + 1 - from < AT_ONCE || isSameRevision(event, next))) continue;
    const revision: Revision = next ? revisionOf(event) : news.revision;
    parts.push({ ...news, events: events.slice(from, index + 1), revision });
    from = index + 1;
  }
  return parts;
}

function isSameRevision(one: WatchEvent, other: WatchEvent): boolean {
  return revisionOf(one) === revisionOf(other);
}
