import type { EventEntity } from "@flotilla/api/client";
import { sentenceOf } from "./event-text.ts";

/** An event with what led to it: its cause, the cause of that, and so on. */
export interface ExplainedEvent {
  readonly event: EventEntity;
  /** The nearest cause first. */
  readonly causes: readonly EventEntity[];
}

/**
 * Returns what happened to a unit, the latest event first, each with its chain of causes. An event that is the cause of
 * another one is shown there only.
 * @param events of the unit, and their causes, the oldest first.
 */
export function historyOf(unit: string, events: readonly EventEntity[]): readonly ExplainedEvent[] {
  const explained = events
    .flatMap((event, index) => (event.unit === unit ? [{ event, causes: chainOf(event, index, events) }] : []))
    .toReversed();
  const told = new Set(explained.flatMap(({ causes }) => causes.map(({ id }) => id)));
  // Of decisions, each is a line of its own, whatever it has caused.
  return explained.filter(({ event: { id, kind } }) => kind !== "act" || !told.has(id));
}

function chainOf(event: EventEntity, index: number, events: readonly EventEntity[]): readonly EventEntity[] {
  const chain: EventEntity[] = [];
  const seen = new Set([event.id]);
  for (let [next, at] = [event, index]; ;) {
    const found = causeOf(next, at, events);
    if (found === -1) return chain;
    const cause = events[found];
    if (!cause || seen.has(cause.id)) return chain;
    seen.add(cause.id);
    chain.push(cause);
    [next, at] = [cause, found];
  }
}

/**
 * The place of the cause: the latest event with that fact before this one. Another server may have written the cause
 * shortly after its effect.
 */
function causeOf({ cause }: EventEntity, index: number, events: readonly EventEntity[]): number {
  if (cause === undefined) return -1;
  const isCause = ({ fact }: EventEntity): boolean => fact === cause;
  const before = events.slice(0, index).findLastIndex(isCause);
  return before === -1 ? events.findIndex(isCause) : before;
}

/** The history as lines: each event, and below it why. */
export function historyLines(unit: string, history: readonly ExplainedEvent[]): readonly string[] {
  if (history.length === 0) return [`no events of ${unit} are kept`];
  return [
    `history of ${unit}, the latest first:`,
    ...history.flatMap(({ event, causes }) => [
      `  ${event.time}  ${sentenceOf(event)}`,
      ...causes.map((cause) => `${" ".repeat(28)}because ${sentenceOf(cause)}, ${cause.time}`),
    ]),
  ];
}
