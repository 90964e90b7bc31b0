import type { Span } from "@flotilla/schedule";

/** A machine that is lost within this time after a start order may have been lost because of the unit, milliseconds. */
export const RIGHT_AFTER_MS = 10_000;

/** How late the store may report the end of a lease, milliseconds: etcd checks twice a second and counts in seconds. */
const SEEN_LATE_MS = 1_000;

export interface LastSign {
  /** Whether the machine leaves on purpose. */
  readonly isLeaving: boolean;
  /** When the leader saw the machine's absence, milliseconds since the epoch. */
  readonly now: number;
  /** How long the machine's lease outlives its last heartbeat, milliseconds. */
  readonly ttlMs: number;
}

/**
 * Returns the span of time in which an order to start a unit counts as given right before the machine's end.
 *
 * A departure is seen at once. The end of a lease is seen one TTL after the last heartbeat. The machine ended before
 * its next heartbeat was due, a third of the TTL after the last one, so it never saw a later order.
 */
export function lastStartsOf({ isLeaving, now, ttlMs }: LastSign): Span {
  const lastSign = isLeaving ? now : now - ttlMs;
  const end = isLeaving ? now : lastSign + ttlMs / 3 + SEEN_LATE_MS;
  return { from: lastSign - RIGHT_AFTER_MS, to: end };
}
