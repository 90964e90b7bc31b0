import type { EventEntity } from "@flotilla/api/client";

/** The longest kind of an event that is common. */
const KIND_WIDTH = 16;

/** An event as a line of columns: time, kind, and what happened and why. */
export function eventText(event: EventEntity): string {
  return `${event.time}  ${event.kind.padEnd(KIND_WIDTH)}  ${sentenceOf(event)}`;
}

export const EVENT_HEADER = `${"TIME".padEnd(24)}  ${"KIND".padEnd(KIND_WIDTH)}  EVENT`;

/** What happened, and how often. */
export function sentenceOf({ sentence, count, first }: EventEntity): string {
  const oneLine = sentence.replaceAll(/\s+/g, " ");
  return count === undefined || first === undefined ? oneLine : `${oneLine} (${count} times since ${first})`;
}
