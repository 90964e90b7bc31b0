import { machinesNamed, type ClusterEvent, type ClusterSnapshot } from "@flotilla/model";
import {
  type EventFilter,
  type EventID,
  eventIDText,
  type FoundEvent,
  isAfter,
  type KeptEvents,
  parseEventID,
  selectEvents,
  selectFacts,
  type StoredEvents,
} from "@flotilla/registry";
import type { EventEntity } from "../../contract/v2/events.ts";
import type { v2Routes } from "../../contract/v2/routes.ts";
import type { Outcome } from "../answer.ts";
import { type ApiContext, readInTurn } from "../context.ts";
import { longList } from "../long-list.ts";
import { RequestError } from "../request-error.ts";
import type { Checked } from "./bound-route.ts";

/** How many steps from an event to its first cause are followed. */
const MOST_STEPS = 8;

export function listEvents(
  context: ApiContext,
  { query, signal }: Checked<typeof v2Routes.listEvents>,
): Promise<Outcome> {
  return context.cluster.with(async (reader) => {
    const snapshot = await reader.fresh(signal);
    const { batches, floor, head, filter, revision } = await readInTurn(context, reader, signal, () => ({
      batches: reader.events.batches,
      floor: reader.events.floor,
      head: headOf(reader.events, snapshot),
      filter: filterOf(query, snapshot),
      revision: snapshot.revision,
    }));
    const after = query.after === undefined ? undefined : parseEventID(query.after);
    if (after) requireKept(after, floor, revision);
    const select = { context, batches, signal };
    const { found, isCut } = await (after
      ? firstEvents(select, { filter, after, limit: query.limit })
      : lastEvents(select, { filter, limit: query.limit }));
    const position = isCut ? (found.at(-1)?.id ?? head) : head;
    const all = query.causes === true ? await withCauses(select, found, query.limit) : found;
    const rest = { after: eventIDText(position) };
    return { status: 200, list: longList({ field: "events", items: all, entityOf: eventEntityOf, rest }), revision };
  });
}

interface Selection {
  readonly context: ApiContext;
  readonly batches: readonly StoredEvents[];
  readonly signal: AbortSignal;
}

/** Returns the newest events, the oldest of them first. */
async function lastEvents(
  { context, batches, signal }: Selection,
  { filter, limit }: { readonly filter: EventFilter; readonly limit: number },
) {
  const parts: (readonly FoundEvent[])[] = [];
  let count = 0;
  for (const batch of batches.toReversed()) {
    if (count >= limit) break;
    const found = await context.intake.turns.run(() => selectEvents(batch, filter), signal);
    if (found.length > 0) parts.push(found);
    count += found.length;
  }
  return { found: parts.toReversed().flat().slice(-limit), isCut: false };
}

/** Returns the first events after another one. */
async function firstEvents(
  { context, batches, signal }: Selection,
  { filter, after, limit }: { readonly filter: EventFilter; readonly after: EventID; readonly limit: number },
) {
  const found: FoundEvent[] = [];
  for (const batch of batches) {
    if (batch.order < after.order) continue;
    found.push(...(await context.intake.turns.run(() => selectEvents(batch, filter, after), signal)));
    if (found.length > limit) return { found: found.slice(0, limit), isCut: true };
  }
  return { found, isCut: false };
}

/** Adds the events whose facts caused these, and so on. */
async function withCauses(
  { context, batches, signal }: Selection,
  found: readonly FoundEvent[],
  limit: number,
): Promise<readonly FoundEvent[]> {
  const all = new Map(found.map((each) => [eventIDText(each.id), each]));
  const asked = new Set<string>();
  let newest = found;
  for (let step = 0; step < MOST_STEPS && all.size < 2 * limit; step += 1) {
    const wanted = new Set(
      newest.flatMap(({ event: { cause } }) => (cause === undefined || asked.has(cause) ? [] : cause)),
    );
    if (wanted.size === 0) break;
    for (const fact of wanted) asked.add(fact);
    const added: FoundEvent[] = [];
    for (const batch of batches)
      for (const each of await context.intake.turns.run(() => selectFacts(batch, wanted), signal))
        if (!all.has(eventIDText(each.id))) added.push(each);
    for (const each of added) all.set(eventIDText(each.id), each);
    newest = added;
  }
  return [...all.values()].sort((a, b) => (isAfter(a.id, b.id) ? 1 : -1)).slice(-2 * limit);
}

/** Returns the place after the newest event. */
export function headOf({ batches }: KeptEvents, { revision }: Pick<ClusterSnapshot, "revision">): EventID {
  const last = batches.at(-1);
  return last ? { order: last.order, index: Math.max(0, last.count - 1) } : { order: revision, index: 0 };
}

/** @throws RequestError if events after this one are gone. */
export function requireKept(after: EventID, floor: number, revision: number): void {
  const place = eventIDText(after);
  if (after.order < floor)
    throw new RequestError(
      "compacted",
      `some events after ${place} are no longer kept; leave out after to read the events that are`,
    );
  if (after.order > revision)
    throw new RequestError(
      "compacted",
      `the store is at revision ${revision} and has no event ${place}: it has lost its data or was replaced; leave out ` +
        "after to read the events that are kept",
    );
}

/** A machine that is gone is known by its ID, or the beginning of it. */
export function filterOf(
  {
    unit,
    machine,
    kind,
    since,
  }: {
    readonly unit?: string | undefined;
    readonly machine?: string | undefined;
    readonly kind?: readonly string[] | undefined;
    readonly since?: string | undefined;
  },
  { machines }: Pick<ClusterSnapshot, "machines">,
): EventFilter {
  const named = machine === undefined ? [] : machinesNamed(machines.values(), machine).map(({ id }) => id);
  return {
    unit,
    machines: machine === undefined ? undefined : [...named, machine],
    kinds: kind,
    since: since === undefined ? undefined : Date.parse(since),
  };
}

export function eventEntityOf({ id, event }: FoundEvent): EventEntity {
  const { time, first, count, unit, machine, from, fact, cause } = event;
  const optional: Partial<EventEntity & ClusterEvent> = { unit, machine, from, fact, cause, count };
  return {
    id: eventIDText(id),
    time: new Date(time).toISOString(),
    kind: event.kind,
    sentence: event.sentence,
    ...(Object.fromEntries(
      Object.entries(optional).filter(([, value]) => value !== undefined),
    ) as Partial<EventEntity>),
    ...(first !== undefined && { first: new Date(first).toISOString() }),
  };
}
