import { type KeptEvents, MOST_DELETED_BATCHES, type StoredEvents } from "@flotilla/registry";
import type { LeaderDecision } from "../controller/controller.ts";

/** How long and how many events are kept. */
export interface EventLimits {
  readonly most: number;
  /** Milliseconds. */
  readonly forMs: number;
}

/** The most batches: one server writes at most one a second, and each takes a key of the store. */
export const MOST_BATCHES = 4_000;

/** The most characters of all batches. */
export const MOST_EVENTS_SIZE = 8 * 1_024 * 1_024;

/** Deletes the oldest batches of events. */
export interface OldEventsDecision extends LeaderDecision {
  readonly kind: "delete-events";
  readonly reason: { readonly code: "too-old" | "too-many" };
  readonly keys: readonly string[];
  /** The revision of the newest deleted batch. */
  readonly floor: number;
}

/**
 * Decides which batches to delete: those whose events are all too old, and the oldest ones while there are too many.
 * A tenth more than the limit is deleted at one time, so that a full cluster does not delete with each new batch.
 * @param now milliseconds since the epoch.
 */
export function decideOldEvents(
  { batches }: Pick<KeptEvents, "batches">,
  { most, forMs }: EventLimits,
  now: number,
): OldEventsDecision | undefined {
  const tooOld = oldOf(batches, now - forMs);
  const tooMany = surplusOf(batches, most);
  const count = Math.min(MOST_DELETED_BATCHES, Math.max(tooOld, tooMany));
  const deleted = batches.slice(0, count);
  const last = deleted.at(-1);
  if (!last) return undefined;
  const code = tooOld >= tooMany ? "too-old" : "too-many";
  return {
    kind: "delete-events",
    reason: { code },
    sentence: `${deleted.length} batches of events are ${code === "too-old" ? "too old" : "more than are kept"}`,
    keys: deleted.map(({ key }) => key),
    floor: last.order,
  };
}

/** How many batches at the beginning end before a time. */
function oldOf(batches: readonly StoredEvents[], before: number): number {
  const firstKept = batches.findIndex(({ time }) => time >= before);
  return firstKept === -1 ? batches.length : firstKept;
}

/** How many batches to delete because there are too many, of events or of batches, or because they are too large. */
function surplusOf(batches: readonly StoredEvents[], most: number): number {
  const limits = [
    [most, ({ count }: StoredEvents) => count],
    [MOST_BATCHES, () => 1],
    [MOST_EVENTS_SIZE, ({ value }: StoredEvents) => value.length],
  ] as const;
  const surpluses = limits.map(([limit, weightOf]) => {
    let weight = batches.reduce((sum, batch) => sum + weightOf(batch), 0);
    if (weight <= limit) return 0;
    let count = 0;
    for (; weight > limit * 0.9 && count < batches.length - 1; count += 1) {
      const batch = batches[count];
      weight -= batch ? weightOf(batch) : 0;
    }
    return count;
  });
  return Math.max(...surpluses);
}
