import type { ClusterEvent } from "@flotilla/model";
import { decodeBatch } from "./event-batch.ts";
import { type EventID, isAfter } from "./event-id.ts";
import type { StoredEvents } from "./event-table.ts";

/** Which events are meant. All of these must hold. */
export interface EventFilter {
  readonly unit?: string | undefined;
  /** IDs or the beginnings of IDs. Of a move, either machine. */
  readonly machines?: readonly string[] | undefined;
  readonly kinds?: readonly string[] | undefined;
  /** Milliseconds since the epoch. */
  readonly since?: number | undefined;
}

export interface FoundEvent {
  readonly id: EventID;
  readonly event: ClusterEvent;
}

/**
 * Returns the events of one batch that are meant, in order.
 * @param after only events after this one.
 */
export function selectEvents(batch: StoredEvents, filter: EventFilter, after?: EventID): readonly FoundEvent[] {
  const { unit, since } = filter;
  if (since !== undefined && batch.time < since) return [];
  // Most batches are not about the unit.
  if (unit !== undefined && !batch.value.includes(inJson(unit))) return [];
  const found: FoundEvent[] = [];
  for (const [index, event] of decodeBatch(batch.value)?.events.entries() ?? []) {
    const id = { order: batch.order, index };
    if (event && (!after || isAfter(id, after)) && matches(event, filter)) found.push({ id, event });
  }
  return found;
}

/** Up to so many facts, a search of the text for each takes less time than to parse the batch. */
const FEW = 16;

/** Returns the events of one batch that report one of these facts. */
export function selectFacts(batch: StoredEvents, facts: ReadonlySet<string>): readonly FoundEvent[] {
  if (facts.size <= FEW && !facts.values().some((fact) => batch.value.includes(inJson(fact)))) return [];
  return selectEvents(batch, {}).filter(({ event: { fact } }) => fact !== undefined && facts.has(fact));
}

/** The text as it stands in JSON: names of units may have backslashes. */
function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function matches(event: ClusterEvent, { unit, machines, kinds, since }: EventFilter): boolean {
  return (
    (unit === undefined || event.unit === unit) &&
    (machines?.some((id) => event.machine?.startsWith(id) === true || event.from?.startsWith(id) === true) ?? true) &&
    (kinds === undefined || kinds.includes(event.kind)) &&
    (since === undefined || event.time >= since)
  );
}
